/** The title's words, each under a bar as tall as the attention it got. */

import { byId, create, percent } from "../dom.ts";

export function showWords(words: readonly { word: string; weight: number }[]): void {
  byId("words").hidden = words.length === 0;
  const most = Math.max(...words.map(({ weight }) => weight), Number.MIN_VALUE);
  byId("words-list").replaceChildren(
    ...words.map(({ word, weight }) => {
      const bar = create("span", { className: "word-bar", "aria-hidden": "true" });
      bar.style.setProperty("--share", String(Math.max(0, weight) / most));
      return create(
        "li",
        {},
        bar,
        create("span", { className: "word" }, word),
        create("span", { className: "word-share" }, percent(weight)),
      );
    }),
  );
}
