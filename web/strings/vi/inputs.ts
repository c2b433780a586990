/** The form: fields, files, and the parts of the explanation that belong to an input, in Vietnamese. */

import { capital } from "../capital.ts";
import type { Strings } from "../en/page.en.ts";
import { formatsOf } from "../formats.ts";
import { demographic } from "./demographics.ts";

const { list, number } = formatsOf("vi");

export const inputs: Strings["inputs"] = {
  labelOf: (item, noun) => `${capital(noun)} ${item}`,
  titlePlaceholder: "The Lantern of Doom",
  movieRatingsHint:
    "Ai thích một bộ phim nói lên nhiều nhất về phim đó. Hãy mô tả vài người xem, hoặc tải một tệp CSV có các cột user và stars.",
  ratingsHint: (item) =>
    `Hãy mô tả những người đã đánh giá ${item}, hoặc tải một tệp CSV có các cột user và stars.`,
  remove: "Xóa",
  cancel: "Hủy",
  theNoun: (noun) => ` ${noun}`,
  thisFile: (detail) => `Tệp này: ${detail}.`,
  tooLarge: (file, megabytes) => `${file} lớn hơn ${number(megabytes)} MB`,

  nounAndValue: (noun, value) => `${noun} ${value}`,
  ratings: (ratings) => `${number(ratings)} lượt đánh giá`,
  nounWithSteps: (noun, steps) => `${noun} gồm ${number(steps)} bước`,

  range: (min, max) => `${min} đến ${max}`,
  readFrom: (noun, other, found) => `${capital(noun)} đọc được từ ${other}: ${found}`,
  notKnown: "không rõ",
  typeAndEnter: "Gõ một giá trị rồi nhấn Enter",
  removeValue: " Xóa",
  unknownValues: (values) => `Mô hình không biết ${list(values)}.`,
  valueIs: (position, detail) => `Giá trị thứ ${position}: ${detail}`,

  numbersPerStep: (features, most) =>
    `${features === 1 ? "Các số, mỗi bước một số" : `Mỗi bước một dòng, gồm ${number(features)} số`}, hoặc JSON. Mô hình đọc ${number(most)} bước đầu tiên.`,
  loadSteps: "Tải tệp CSV hoặc JSON",
  fileOf: (noun) => `Tệp của ${noun}`,
  theFileOf: (noun) => `tệp của ${noun}`,
  stepsFrom: (steps, from) => `${number(steps)} bước từ ${from}`,
  readsFirst: (most) => `; mô hình đọc ${number(most)} bước đầu tiên`,
  stepIs: (position, detail) => `Bước thứ ${position}: ${detail}`,

  addRating: "Thêm một đánh giá",
  loadRatings: "Tải tệp CSV",
  ratingsFile: "Tệp CSV chứa các đánh giá",
  theFilesRatings: "các đánh giá của tệp",
  ratingIs: (position, detail) => `Đánh giá thứ ${position}: ${detail}`,
  theLink: "liên kết",
  noRatings: (file) => `${file} có dòng tiêu đề nhưng không có đánh giá nào`,
  ratingsFrom: (ratings, from, mean) =>
    `${number(ratings)} lượt đánh giá từ ${from}, trung bình ${number(mean, 1)} sao`,
  knowsUsers: (known, users) => `; mô hình biết ${number(known)} trong ${number(users)} người dùng`,
  fileAndItem: (file, column, item) => `${file}, ${column} ${item}`,
  whichItem: (file, items, noun) =>
    `${file} có đánh giá của ${number(items)} ${noun}. Bạn muốn nói đến ${noun} nào?`,
  itemByColumn: (item, column) => `${capital(item)}, theo ${column}`,
  useItsRatings: "Dùng các đánh giá này",
  noRatingsOf: (file, column, item) =>
    item === ""
      ? `Hãy nhập một giá trị của ${column}`
      : `${file} không có đánh giá nào của ${column} ${item}`,
  stars: "Số sao",
  starsOf: (stars, most) => `${stars} trên ${most} sao`,
  age: "Tuổi",
  gender: "Giới tính",
  occupation: "Nghề nghiệp",
  askAge: "tuổi?",
  askGender: "giới tính?",
  askOccupation: "nghề nghiệp?",
  demographic,
  removeRating: "Xóa đánh giá này",

  chooseFile: "Chọn tệp",
  useCamera: "Dùng máy ảnh",
  replace: "Thay",
  dropImage: "Thả một ảnh vào đây, dán ảnh, hoặc",
  previewOf: (noun) => `${capital(noun)} của bạn; phần sáng là phần mô hình nhìn thấy`,
  atModelsSize: (noun) => `${capital(noun)} ở kích thước mô hình nhìn thấy`,
  whatModelSees: "Những gì mô hình nhìn thấy",
  reading: (noun) => `Đang đọc ${noun}`,
  imageFile: (noun) => `Tệp ${noun}`,
  beforeStays: (noun) => ` ${capital(noun)} trước đó được giữ lại.`,
  pixels: (width, height) => `${width} × ${height} điểm ảnh`,
  brightPart: "; mô hình nhìn thấy phần sáng",
  scaledTo: (width, height) => `, thu về ${width} × ${height}`,
  isFolder: (name) => `“${name}” là một thư mục; hãy mở nó và thả tệp cần dùng.`,
  otherSite:
    "Ảnh của trang khác không được tải, vì trang này chỉ liên lạc với máy chủ của chính nó. Hãy lưu ảnh rồi thả tệp vào đây.",
  damagedAddress: "Ảnh trong địa chỉ bị hỏng. Hãy lưu ảnh rồi thả tệp vào đây.",
  imageNotLoaded: (reason) => `Không tải được ảnh (${reason}). Hãy lưu ảnh rồi thả tệp vào đây.`,
  holdUp: (noun) => `Giơ ${noun} trước máy ảnh`,
  noCamera: (reason) => `Không dùng được máy ảnh (${reason}).`,
  cameraInstead: "hãy chụp bằng máy ảnh của thiết bị rồi chọn tệp ảnh",
  drawingInstead: "hãy chọn một tệp ảnh thay cho hình vẽ",
  altered: (what) =>
    `Trình duyệt này làm sai lệch những hình mà trang đọc lại, để bảo vệ bạn khỏi bị nhận dạng; ${what}.`,
  makesNoFile: (what) => `Trình duyệt này không tạo được tệp từ hình; ${what}.`,

  wordsThatMattered: "Những từ quan trọng",
  wordsOfThatMattered: (noun) => `Những từ quan trọng của ${noun}`,
  whereModelLooks: "Mô hình nhìn vào đâu",
  whereModelLooksOn: (noun) => `Mô hình nhìn vào đâu trên ${noun}`,
  mapFor: "cho",
  mapOf: (noun) => `Bản đồ của ${noun}`,
  mapExplained: (noun, quantity) =>
    `Lần lượt che từng phần của ${noun} và cho thấy ở đâu việc che làm giảm ${quantity}.`,
  computingMap: "Đang tính bản đồ",
  showMap: "Hiện bản đồ",
  noMap: (reason) => `Không tính được bản đồ: ${reason}`,
  places: [
    ["góc trên bên trái", "phần giữa phía trên", "góc trên bên phải"],
    ["phần giữa bên trái", "chính giữa", "phần giữa bên phải"],
    ["góc dưới bên trái", "phần giữa phía dưới", "góc dưới bên phải"],
  ],
};
