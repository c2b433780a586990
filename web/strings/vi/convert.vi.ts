/** What the converter page says in Vietnamese. */

import type { ConvertStrings } from "../en/convert.en.ts";
import { formatsOf } from "../formats.ts";
import { viHtml } from "./convertHtml.ts";

const { number } = formatsOf("vi");

export const vi: ConvertStrings = {
  html: viHtml,
  formats: formatsOf("vi"),

  steps: {
    reading: "Đang đọc các tệp",
    converting: "Đang chuyển đổi",
    comparing: "Đang chạy bản gốc và kết quả trên các đầu vào ngẫu nhiên",
  },
  download: (file) => `Tải xuống ${file}`,
  size: "Kích thước",
  sizes: (onnx, weights) => `${onnx} (các tệp trọng số: ${weights})`,
  weights: "Trọng số",
  storedAs: (count, precision) => `${number(count)}, lưu dạng ${precision}`,
  graph: "Đồ thị",
  operatorsFromLayers: (operators, layers) =>
    `${number(operators)} toán tử từ ${number(layers)} lớp`,
  operatorsFromNodes: (operators, nodes) => `${number(operators)} toán tử từ ${number(nodes)} nút`,
  convertedIn: "Thời gian chuyển đổi",
  nodes: "Các nút",
  layers: "Các lớp",
  notCompared: (reason) => `không so sánh: ${reason}`,
  heads: {
    name: "tên",
    type: "kiểu",
    shape: "kích thước",
    operator: "toán tử",
    count: "số lần",
    node: "nút",
    layer: "lớp",
    class: "loại",
    output: "đầu ra",
    largestError: "sai số lớn nhất",
    relative: "tương đối",
    againstFp32: "so với fp32",
  },
  input: "đầu vào",
  output: "đầu ra",

  sameAt: (others) => `; tương tự ở ${others}`,
  noModel: "không có trong các tệp của bạn; hãy thêm nó",
  severalModels: "là nhiều mô hình; hãy chỉ thêm các tệp của một mô hình",
  notRead: (reason) => `không đọc được mô hình: ${reason}`,
  notJson: (reason) => `không đọc được mô hình: tệp không phải JSON (${reason})`,
  missing: (missing, of, model) =>
    `không có trong các tệp của bạn${of > 1 ? `: thiếu ${number(missing)} trong ${number(of)} tệp trọng số mà ${model} nêu tên` : ""}; hãy thêm vào`,
  converter: "bộ chuyển đổi",
  notStarted: "không khởi động được, hoặc đã hết bộ nhớ",
};
