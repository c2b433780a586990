/** Sentences in convert.html, in Vietnamese; code stands between backquotes. */

import type { enHtml } from "../en/convertHtml.ts";
import { viCommon } from "./common.vi.ts";

export const viHtml: typeof enHtml = {
  ...viCommon,
  documentTitle: "Marquee: TensorFlow.js sang ONNX",
  description: "Chuyển mô hình TensorFlow.js sang ONNX, ngay trên thiết bị của bạn.",
  skip: "Chuyển đến kết quả",
  heading: "Từ TensorFlow.js sang ONNX",
  intro:
    "Chuyển một mô hình layers, do `model.save()` lưu, hoặc một mô hình graph thành tệp ONNX cho mọi môi trường chạy. Mọi phép tính đều diễn ra trên thiết bị này; không có tệp nào bị gửi đi nơi khác.",
  files: "Các tệp của mô hình",
  drop: "Thả `model.json` và các tệp `.bin` của nó, hoặc thư mục chứa chúng, vào đây, hoặc",
  chooseFiles: "Chọn tệp",
  chooseFolder: "Chọn thư mục",
  fileInput: "Các tệp của mô hình",
  folderInput: "Thư mục của mô hình",
  given: "Các tệp bạn đã chọn",
  removeAll: "Bỏ tất cả",
  sampleHint:
    "Chưa có mô hình nào? Mô hình mẫu nhận một bức ảnh và một đoạn văn bản, cho ra ba lớp; trọng số của nó là ngẫu nhiên.",
  sample: "Chuyển đổi mô hình mẫu",
  precision: "Độ chính xác của trọng số",
  fp32: "giữ nguyên",
  fp16: "nửa kích thước, dành cho GPU",
  fp16Weights: "nửa kích thước, tính bằng fp32",
  q8: "8 bit, mỗi kênh đầu ra một hệ số tỉ lệ, khoảng một phần tư kích thước",
  compare: "So sánh với bản gốc",
  compareHint:
    "Cả hai chạy trên cùng những đầu vào ngẫu nhiên; bạn chỉ nhận được tệp nếu kết quả khớp nhau.",
  convert: "Chuyển đổi",
  result: "Kết quả",
  idle: "Tệp ONNX sẽ hiện ở đây, kèm một bảng so sánh đầu ra của nó với bản gốc. Mọi lớp của TensorFlow.js đều được hỗ trợ, trừ những lớp mà ONNX không biểu diễn được; trang sẽ nêu tên chúng. Với các toán tử của mô hình graph cũng vậy.",
  starting: "Đang bắt đầu",
  failed: "Không chuyển đổi được mô hình",
  compared: "So sánh với bản gốc",
  converted: "Đã chuyển đổi",
  download: "Tải xuống",
  notes: "Ghi chú",
  relativeHint:
    "Sai số tương đối được tính theo giá trị lớn nhất của đầu ra. Đầu vào là ngẫu nhiên, với hai kích thước lô.",
  tensors: "Đầu vào và đầu ra",
  operators: "Toán tử",
  layers: "Các lớp",
};
