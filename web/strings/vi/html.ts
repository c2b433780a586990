/** Sentences in index.html, in Vietnamese. */

import type { enHtml } from "../en/html.ts";
import { viCommon } from "./common.vi.ts";

export const viHtml: typeof enHtml = {
  ...viCommon,
  documentTitle: "Marquee",
  description: "Dự đoán từ những gì bạn nhập, tính ngay trên thiết bị của bạn.",
  skip: "Chuyển đến kết quả",
  question: "Dự đoán ngay trên thiết bị của bạn",
  intro: "Mọi phép tính đều diễn ra trên thiết bị này; không có gì bạn nhập bị gửi đi nơi khác.",
  noScript: "Mô hình chạy trong trình duyệt và cần JavaScript, nhưng JavaScript đang bị tắt.",
  examples: "Dùng thử",
  clear: "Xóa tất cả",
  answer: "Kết quả",
  loading: "Đang tải mô hình",
  failed: "Không tải được mô hình",
  retry: "Thử lại",
  copyLink: "Sao chép liên kết",
  copyJson: "Sao chép dạng JSON",
  gains: "Cung cấp thêm gì thì tốt hơn",
  effects: "Từng dữ liệu nhập đã thay đổi điều gì",
  show: "Hiển thị",
  history: "So sánh các kết quả gần đây",
  first: "Thứ nhất",
  second: "Thứ hai",
  forget: "Xóa các kết quả này",
  historyKept: "Được giữ đến khi bạn tải lại hoặc đóng trang.",
  runs: "Cách mô hình chạy",
  computeWith: "Tính bằng",
  whicheverIsFaster: "cách nào nhanh hơn",
  offline: "Trang này giờ đã dùng được khi không có mạng.",
  toAnswer: "Đến kết quả:",
  camera: "Máy ảnh",
  takePicture: "Chụp ảnh",
};
