/** What both pages say in their HTML. */

export const enCommon = {
  pages: "Pages",
  pagePredict: "Predict",
  pageConvert: "Convert a model",
  language: "Language",
  cancel: "Cancel",
};
