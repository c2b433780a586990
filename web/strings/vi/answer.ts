/** The answer, what is around it, and the page's heading, in Vietnamese. */

import { capital, uncapital } from "../capital.ts";
import type { Strings } from "../en/page.en.ts";
import { formatsOf } from "../formats.ts";

const { list, percent, choice } = formatsOf("vi");

export const answer: Strings["answer"] = {
  documentTitle: (item, predicted, groups) =>
    `Marquee: ${predicted} của ${item} từ ${list(groups)}`,
  intro: (groups) =>
    `Nhập ${groups.length > 1 ? `những gì bạn biết: ${choice(groups)}, hoặc tất cả` : groups.join()}. Mọi phép tính đều diễn ra trên thiết bị này; không có gì bạn nhập bị gửi đi nơi khác.`,
  synthetic: (items) =>
    `Mô hình này được huấn luyện trên ${items} bịa ra. Kết quả của nó không nói lên điều gì về ${items} thật.`,
  clear: "Xóa",
  clearAll: "Xóa tất cả",
  tryMadeUp: (item) => `Thử với một ${item} bịa ra`,
  fillInExample: "Điền một ví dụ",

  heading: "Kết quả",
  exampleHeading: "Ví dụ về kết quả",
  idle: (item) => `Kết quả sẽ hiện ở đây ngay khi bạn nhập điều gì đó về ${item}.`,
  example: (item, known) =>
    `Đây là một ví dụ: kết quả cho một ${item} bịa ra mà mô hình biết ${list(known)}. Kết quả của bạn sẽ thế chỗ ngay khi bạn nhập điều gì đó.`,
  exampleVerdict: (label) => `Ví dụ: ${uncapital(label)}`,
  lastAnswer: "Kết quả trước đó là",
  couldNotAnswer: (reason) => `Mô hình không trả lời được: ${reason}`,
  sentenceOn: (noun, detail) => `${capital(noun)}: ${detail}`,

  answerColumn: "Kết quả",
  weight: "Trọng số",
  change: "Thay đổi",
  first: "Thứ nhất",
  second: "Thứ hai",

  jsonCopied: "Đã sao chép JSON",
  linkCopied: "Đã sao chép liên kết",
  linkCopiedWithout: (parts) => `Đã sao chép liên kết, không kèm ${list(parts)}`,
  tooLong: (noun) => `${noun} (quá dài để đưa vào liên kết)`,
  neverLeaves: (noun) => `${noun} (không bao giờ rời khỏi thiết bị này)`,
  copyThis: "Hãy sao chép:",

  modelCard: "Thẻ mô hình",
  report: "Báo cáo huấn luyện",
  source: "Mã nguồn",
};

export const targets: Strings["targets"] = {
  whichClass: (label, item) => `${capital(item)} này thuộc ${label} nào?`,
  whatLabels: (labels, item) => `${capital(item)} này thuộc những ${labels} nào?`,
  whatNumber: (name, item) => `${capital(name)} của ${item} này là bao nhiêu?`,

  modelSays: "Theo mô hình",
  notSure: "Không chắc chắn. Đoán tốt nhất:",
  passed: (labels) => {
    const parts = labels.map(
      ({ label, probability, threshold }) =>
        `${label} (${percent(probability, 1)}, ngưỡng ${percent(threshold, 1)})`,
    );
    return `${list(parts)} cũng có khả năng, nhưng chưa đạt ngưỡng.`;
  },
  mostProbableFirst: (labels) => `${capital(labels)}, xác suất cao nhất trước`,
  showAll: (count, labels) => `Hiện cả ${count} ${labels}`,
  showFewer: "Thu gọn",
  isAnswer: ", là kết quả",
  reaches: ", đạt ngưỡng",
  threshold: (probability) => `, ngưỡng ${percent(probability)}`,
  marksThreshold: (label, labels) =>
    ` đánh dấu ngưỡng của từng ${label}. Những ${labels} đạt ngưỡng là kết quả.`,
  changeInPoints: "thay đổi theo điểm phần trăm",
  probabilityWithout: "xác suất khi không có nó",
  probabilityAlone: "xác suất chỉ từ nó",
  points: " điểm phần trăm",
  accuracy: "độ chính xác",
  accuracyMeaning: (items) => `Tỉ lệ trả lời đúng (0 đến 1), đo trên các ${items} kiểm tra`,
  ranking: "độ chính xác xếp hạng",
  rankingMeaning: (items, labels) =>
    `Độ chính xác trung bình (mAP) của năm ${labels} đứng đầu (0 đến 1), đo trên các ${items} kiểm tra`,
  itsProbability: (label) => `xác suất của ${label}`,
  againstFor: (label) => [`chống lại ${label}`, `ủng hộ ${label}`],
  nothingSupports: (noun, label) => `Không phần nào của ${noun} ủng hộ ${label}.`,
  mattersMost: (place, label, points) =>
    `${capital(place)} quan trọng nhất đối với ${label}: che đi thì xác suất giảm ${points} điểm phần trăm.`,

  scale: (items, min, max) =>
    `Thang đo là khoảng giá trị của các ${items} mà mô hình được huấn luyện: từ ${min} đến ${max}.`,
  changeOf: (name) => `thay đổi của ${name}`,
  valueWithout: (name) => `${name} khi không có nó`,
  valueAlone: (name) => `${name} chỉ từ nó`,
  predicted: "Đại lượng dự đoán",
  meanError: "sai số trung bình",
  meanErrorMeaning: (name, items) =>
    `Chênh lệch trung bình so với ${name} thật, đo trên các ${items} kiểm tra`,
  theNumber: (name) => name,
  lowersRaises: ["làm giảm", "làm tăng"],
  nothingRaises: (noun, name) => `Không phần nào của ${noun} làm tăng ${name}.`,
  mattersMostForNumber: (place, name, by) =>
    `${capital(place)} quan trọng nhất: che đi thì ${name} giảm ${by}.`,
};
