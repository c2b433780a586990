/** A text's words, each under a bar as tall as the attention it got. */

import { strings } from "../../strings/strings.ts";
import { create, heading } from "../dom.ts";
import type { ExplanationContext, ExplanationPanel } from "./pageType.ts";

export function createWords({
  name,
  noun,
  id,
  isOneOfSeveral,
}: ExplanationContext<unknown>): ExplanationPanel {
  const list = create("ul", { className: "words", id: id("words") });
  const element = create(
    "section",
    { className: "card", "aria-labelledby": id("words-heading") },
    heading(
      id("words-heading"),
      isOneOfSeveral ? strings.inputs.wordsOfThatMattered(noun) : strings.inputs.wordsThatMattered,
    ),
    list,
  );
  return {
    element,
    show({ explanation }) {
      const words = explanation.attention[name] ?? [];
      element.hidden = words.length === 0;
      const most = Math.max(...words.map(({ weight }) => weight), Number.MIN_VALUE);
      list.replaceChildren(
        ...words.map(({ part, weight }) => {
          const bar = create("span", { className: "word-bar", "aria-hidden": "true" });
          bar.style.setProperty("--share", String(Math.max(0, weight) / most));
          return create(
            "li",
            {},
            bar,
            create("span", { className: "word" }, part),
            create("span", { className: "word-share" }, strings.formats.percent(weight)),
          );
        }),
      );
    },
  };
}
