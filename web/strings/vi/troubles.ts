/** What can go wrong with the page itself, in Vietnamese: see troubles.ts and worker/runtimeFailure.ts. */

import type { Troubles } from "../../troubles.ts";
import type { RuntimeFault } from "../../worker/runtimeFailure.ts";
import { formatsOf } from "../formats.ts";

const { number } = formatsOf("vi");

export const troubles: Troubles = {
  noGraph: ({ bundle, files }) => `gói mô hình “${bundle}” không có tệp nào trong số ${files}`,
  wrongLength: ({ file, bytes, expected }) =>
    `${file} bị hỏng: tệp có ${number(bytes)} byte, đáng lẽ phải có ${number(expected)}. Hãy tải lại trang.`,
  wrongHash: ({ file }) => `${file} bị hỏng: mã SHA-256 không khớp. Hãy tải lại trang.`,
  notDownloaded: ({ file, reason }) => `không tải được ${file} (${reason})`,
  badStatus: ({ file, status }) => `không tải được ${file} (máy chủ trả lời ${status})`,
  brokeOff: ({ file, bytes, reason }) =>
    `việc tải ${file} bị ngắt sau ${number(bytes)} byte (${reason})`,
  stalled: ({ file, seconds }) =>
    `việc tải ${file} bị đứng: hai lần liền không nhận được gì trong ${seconds} giây; hãy kiểm tra mạng rồi thử lại`,
  noSimd: ({ format }) =>
    `trình duyệt này không chạy được bộ giải mã tệp ${format}, vốn cần WebAssembly có SIMD; hãy cập nhật trình duyệt`,
  partMissing: () =>
    "không tải được một phần của trang: đã có phiên bản mới của trang, hoặc không có mạng; hãy tải lại trang",
  notLoaded: () =>
    "không tải được một phần của trang: đã có phiên bản mới của trang, hoặc không có mạng",
  differs: ({ by, allowed }) =>
    `kết quả của nó lệch ${by} so với WebAssembly (cho phép: ${allowed})`,
};

export const faults: Readonly<Record<RuntimeFault, string>> = {
  memory:
    "thiết bị này có quá ít bộ nhớ trống cho mô hình; hãy đóng bớt thẻ và chương trình khác rồi thử lại",
  unsupported:
    "trình duyệt này không chạy được WebAssembly theo cách mô hình cần; hãy cập nhật trình duyệt, hoặc cho phép WebAssembly trong phần cài đặt",
  download:
    "một phần của chương trình tính toán không tải được, hoặc bị hỏng khi tải; hãy kiểm tra mạng rồi thử lại, hoặc tải lại trang",
  device: "thiết bị đồ họa không còn dùng được",
  stopped: "chương trình tính toán đã dừng; hãy thử lại, hoặc dùng trình duyệt khác",
  silent: "chương trình tính toán không trả lời; hãy thử lại, hoặc dùng trình duyệt khác",
};
