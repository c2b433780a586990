/** What can be wrong with a value, in Vietnamese: see predictor/issues.ts. */

import { describeIssue as describe, type Issue, type Issues } from "../../../predictor/issues.ts";
import { withoutThousands } from "../../../predictor/values.ts";
import { formatsOf } from "../formats.ts";

const { choice, list, number } = formatsOf("vi");

const describeIssue = (issue: Issue): string => describe(issue, issues);

/** Names of a ratings file's columns stay as they are: they stand in the file. */
export const issues: Issues = {
  notText: () => "không phải văn bản",
  lostDigits: () =>
    "là số vượt quá ±(2^53 - 1) nên bị mất các chữ số cuối; hãy viết trong dấu ngoặc kép, dưới dạng văn bản",
  tooManyCharacters: ({ count, most }) =>
    `có ${number(count)} ký tự; chỉ chấp nhận nhiều nhất ${number(most)}`,

  notNumberText: ({ text, whole, decimal }) => {
    const plain = decimal === "," ? undefined : withoutThousands(text);
    return `“${text}” không phải là ${whole ? "số nguyên" : "số"}${decimal === "," ? " với dấu phẩy thập phân" : ""}${plain === undefined ? "" : `; hãy viết không có dấu phẩy giữa các hàng nghìn: ${plain}`}`;
  },
  outOfRange: ({ value, whole, min, max }) =>
    `${value} không phải là ${[whole ? "số nguyên" : "số", range(min, max)].filter(Boolean).join(" ")}`,
  numberTooLarge: ({ value }) => `${value} quá lớn`,

  moreValues: ({ most }) => `có hơn ${number(most)} giá trị`,
  tooManyValues: ({ count, most }) =>
    `có ${number(count)} giá trị; chỉ chấp nhận nhiều nhất ${number(most)}`,
  notValue: () => "không phải là một giá trị: văn bản, số, true hoặc false",

  notSteps: () => "không phải là danh sách các bước",
  notStep: ({ features }) =>
    features === 1
      ? "không phải là một bước, tức một số"
      : `không phải là một bước, tức một danh sách ${number(features)} số`,
  stepTooLarge: ({ step, value }) => `bước ${step}: ${value} quá lớn`,
  notJson: ({ reason }) => `không phải JSON (${reason})`,
  notNumberInLine: ({ text, line }) => `có “${text}” ở dòng ${line}, không phải là số`,
  empty: () => "trống",
  noSteps: () => "không có bước nào",
  notReadInLink: () => "không đọc được trong liên kết",
  ratingNotReadInLink: ({ position }) => `không đọc được đánh giá thứ ${position} trong liên kết`,

  starsOutside: ({ stars, min, max }) => `${stars} nằm ngoài khoảng ${min} đến ${max}`,
  notAge: ({ age, most }) => `${age} không phải là tuổi tính bằng năm, từ 0 đến ${most}`,
  notOneOf: ({ value, known }) => `${value} không thuộc ${choice(known.map(String))}`,
  notCode: ({ value }) => `${value} không phải là mã, tức một số nguyên từ 0`,
  tooManyRatings: ({ count, most }) =>
    `có ${number(count)} lượt đánh giá; chỉ chấp nhận nhiều nhất ${number(most)}`,
  ratedAlready: ({ user }) => `“${user}” đã đánh giá rồi`,

  emptyFile: () => "trống",
  fileNotRead: ({ reason }) => `không đọc được (${reason})`,
  missingForMap: () => "chưa có; hãy thêm để xem bản đồ",
  notDecoded: ({ reason }) => `không giải mã được thành ảnh (${describeIssue(reason)})`,
  damaged: () => "tệp bị hỏng",
  cutOff: () => "tệp bị cắt cụt",
  noImage: () => "tệp không phải JPEG, PNG, WebP, AVIF hay GIF",
  heic: () =>
    "đây là ảnh HEIC; hãy xuất sang JPEG từ Preview hoặc Photos, hoặc cho iPhone chụp JPEG: Cài đặt, Camera, Định dạng, Tương thích nhất",
  tiff: () => "đây là ảnh TIFF hoặc ảnh thô; hãy xuất sang JPEG hoặc PNG",
  bmp: () => "đây là ảnh BMP; hãy lưu thành PNG",
  jpegXl: () => "đây là ảnh JPEG XL; hãy lưu thành JPEG hoặc PNG",
  svg: () => "đây là hình vẽ (SVG); hãy xuất sang PNG",
  pdf: () => "đây là tệp PDF; hãy xuất trang của nó sang JPEG hoặc PNG",
  tooManyPixels: ({ width, height, most, avif }) =>
    `ảnh có ${width} x ${height} điểm ảnh; chỉ chấp nhận nhiều nhất ${number(most)}${avif ? " với AVIF" : ""}`,
  tooLongSide: ({ width, height, most }) =>
    `ảnh có ${width} x ${height} điểm ảnh; mỗi chiều chỉ chấp nhận nhiều nhất ${number(most)}`,
  oddJpeg: () => "đây là loại JPEG mà trình duyệt không giải mã",
  tooManyScans: ({ most }) => `tệp có hơn ${number(most)} lượt quét`,
  tooManyBoxes: ({ most }) => `tệp có hơn ${number(most)} hộp (box) ở cùng một cấp`,
  partialFrame: () => "khung hình đầu tiên không phủ hết ảnh",
  oddAnimation: () => "đây là PNG động mà khung hình đầu tiên không phải là ảnh của nó",
  noMemory: () => "ảnh cần nhiều bộ nhớ hơn hiện có",

  inFile: ({ file, line, issue }) =>
    `${file}${line === undefined ? "" : `, dòng ${line}`}: ${describeIssue(issue)}`,
  mistakes: ({ file, count, shown }) =>
    [
      `${file} có ${number(count)} lỗi:`,
      ...shown.map(
        ({ line, issue }) =>
          `${line === undefined ? "cả tệp" : `dòng ${line}`}: ${describeIssue(issue)}`,
      ),
      ...(count > shown.length ? [`và ${number(count - shown.length)} lỗi nữa`] : []),
    ].join("\n"),
  spreadsheet: () => "là bảng tính hoặc tệp nén, không phải tệp CSV; hãy xuất bảng thành CSV",
  binary: () => "không phải văn bản; hãy lưu dạng UTF-8",
  notUtf8: ({ before }) =>
    `không phải UTF-8 ${before === "" ? "ngay từ đầu" : `sau ${JSON.stringify(before)}`}; hãy lưu dạng UTF-8`,
  openQuote: () =>
    "có một dấu ngoặc kép được mở mà không bao giờ được đóng; hãy đóng lại, hoặc viết dấu ngoặc kép bên trong thành hai dấu",
  misplacedQuote: () =>
    "có một dấu ngoặc kép sai chỗ; hãy đặt cả ô trong ngoặc kép, và viết dấu ngoặc kép bên trong thành hai dấu",
  notCsv: ({ reason }) => `không phải CSV: ${reason}`,
  wrongWidth: ({ cells, columns }) =>
    `có ${number(cells)} ô, trong khi cần ${number(columns)}; ${
      cells > columns
        ? "hãy đặt các ô có chứa ký tự phân cách trong ngoặc kép"
        : "dòng bị cắt ngắn, hoặc dùng ký tự phân cách khác"
    }`,
  columnTwice: ({ column }) => `có hai cột tên ${column}; hãy giữ lại một cột`,
  noColumns: ({ missing, header }) =>
    `phải là dòng tiêu đề có các cột user và stars; không thấy ${list(missing)} trong “${header}”`,
  tooManyRows: ({ most }) => `có hơn ${number(most)} dòng; hãy giữ các dòng của một mục`,
  severalItems: ({ column, count }) =>
    `có đánh giá của nhiều mục: cột ${column} có ${number(count)} giá trị; hãy giữ các dòng của một mục`,
  noRatingsOf: ({ column, item }) => `không có đánh giá nào của ${column} ${item}`,
  cellNotNumber: ({ column, text }) => `${column} là “${text}”, không phải là số`,
  noStars: () => "không có stars",
  noUser: () => "không có user, cũng không có gender, age hay occupation",
  inColumn: ({ column, issue }) => `${column}: ${describeIssue(issue)}`,
  ratedInLine: ({ user, line }) => `“${user}” đã đánh giá rồi, ở dòng ${line}`,
};

function range(min: number | undefined, max: number | undefined): string {
  if (min !== undefined && max !== undefined) return `từ ${min} đến ${max}`;
  if (min !== undefined) return `từ ${min} trở lên`;
  return max === undefined ? "" : `không quá ${max}`;
}
