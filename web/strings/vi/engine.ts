/** Loading the model, and how it runs, in Vietnamese. */

import type { Strings } from "../en/page.en.ts";
import { formatsOf } from "../formats.ts";

const { number } = formatsOf("vi");

export const engine: Strings["engine"] = {
  loading: "Đang tải mô hình",
  loadingParts: {
    manifest: "Đang tải phần mô tả của mô hình",
    graph: "Đang tải mô hình",
    runtime: "Đang chuẩn bị tính toán",
  },
  testing: "Đang thử mô hình",
  retry: "Thử lại",
  reload: "Tải lại trang",

  computesWith: "Tính bằng",
  whyNot: (provider) => `Vì sao không dùng ${provider}`,
  notNeeded: "không cần",
  model: "Mô hình",
  modelVersion: (name, version) => `${name}, phiên bản ${version}`,
  precisions: { fp32: "độ chính xác đơn", fp16: "nửa độ chính xác", q8: "trọng số 8 bit" },
  downloaded: (megabytes) => `đã tải xuống ${number(megabytes, 1)} MB`,
  storedHere: (megabytes) => `${number(megabytes, 1)} MB lưu trong trình duyệt này`,
  integrity: "Tính toàn vẹn",
  verified: "Tệp mô hình đã được kiểm chứng (SHA-256)",
  sizeChecked:
    "Chỉ kiểm tra được kích thước tệp mô hình: trình duyệt chỉ tính mã kiểm trên trang bảo mật (https)",
  within: (difference) => `WebGPU, lệch không quá ${difference} so với kết quả của WebAssembly`,
  threads: (threads) => `WebAssembly, ${threads} luồng`,
  oneThread: "WebAssembly, 1 luồng",
  notIsolated: "WebAssembly, 1 luồng (nhiều luồng cần trang được cách ly nguồn gốc)",
  didNotStart: "WebAssembly, 1 luồng (trình duyệt này không khởi động được nhiều luồng)",

  youChose: (provider) => `bạn đã chọn ${provider}`,
  newAdapter: (adapter) =>
    `${adapter || "bộ điều hợp không tên"} mới xuất hiện và sẽ được thử ở lần truy cập sau`,
  beingTried: "đang thử",
  software: (adapter) => `${adapter || "bộ điều hợp không tên"} là phần mềm chạy trên CPU`,
  savesData: "không thử, vì trình duyệt này được đặt để tiết kiệm dữ liệu",
  times: (wasm, webgpu) =>
    `một lần dự đoán mất ${number(wasm, 1)} ms bằng WebAssembly, ${number(webgpu, 1)} ms bằng WebGPU`,
  failed: (reason) => `đã gặp lỗi (${reason})`,
  triedBut: (reason) => `đã thử, nhưng ${reason}`,
  notSupported: "trình duyệt này không hỗ trợ",
  needsHttps: "trình duyệt chỉ cung cấp trên trang bảo mật (https)",
  noAnswer: "trình duyệt không trả lời",
  noAdapter: "không tìm thấy bộ điều hợp đồ họa",
  refused: (reason) => `trình duyệt từ chối (${reason})`,
};
