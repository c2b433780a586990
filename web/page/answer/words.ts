/** The title's words, each under a bar as tall as the attention it got. */

import type { AttendedPart } from "../../../predictor/predictor.ts";
import { byId, create, percent } from "../dom.ts";

export function showWords(words: readonly AttendedPart[]): void {
  byId("words").hidden = words.length === 0;
  const most = Math.max(...words.map(({ weight }) => weight), Number.MIN_VALUE);
  byId("words-list").replaceChildren(
    ...words.map(({ part, weight }) => {
      const bar = create("span", { className: "word-bar", "aria-hidden": "true" });
      bar.style.setProperty("--share", String(Math.max(0, weight) / most));
      return create(
        "li",
        {},
        bar,
        create("span", { className: "word" }, part),
        create("span", { className: "word-share" }, percent(weight)),
      );
    }),
  );
}
