/** What each missing group of inputs would add, in Vietnamese. */

import type { Strings } from "../en/page.en.ts";
import { formatsOf } from "../formats.ts";

const { list, number } = formatsOf("vi");

export const gains: Strings["gains"] = {
  add: (noun) => `Thêm ${noun}`,
  addMore: (noun) => `Thêm nhiều ${noun} hơn`,
  reachedWith: (value, count) => `${value} với ${number(count)}`,
  hardly: (add, figure, from, to) => `${add}: ${figure} hầu như không đổi (${from} so với ${to}).`,
  rises: (add, figure, from, to) => `${add}: ${figure} tăng từ ${from} lên ${list(to)}.`,
  falls: (add, figure, from, to) => `${add}: ${figure} giảm từ ${from} xuống ${list(to)}.`,
  withAll: (noun) => `với tất cả ${noun} của chúng`,
  withAtMost: (most, noun) =>
    `với nhiều nhất ${number(most)} ${noun} của chúng, từ những người dùng mà mô hình biết`,
  withNone: (noun) => `và ${noun} từ những người dùng mà mô hình biết`,
};
