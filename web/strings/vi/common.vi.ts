/** What both pages say in their HTML, in Vietnamese. */

import type { enCommon } from "../en/common.en.ts";

export const viCommon: typeof enCommon = {
  pages: "Các trang",
  pagePredict: "Dự đoán",
  pageConvert: "Chuyển đổi mô hình",
  language: "Ngôn ngữ",
  cancel: "Hủy",
};
