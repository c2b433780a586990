/** Puts the sentences of the page's language into its HTML. */

import { ATTRIBUTE_MARKS, CONTENT_MARK, codeParts, type HtmlTexts } from "./marks.ts";

export function fillPage(texts: HtmlTexts, language: string): void {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll(`[${CONTENT_MARK}]`)) {
    element.replaceChildren(...withCode(texts[element.getAttribute(CONTENT_MARK)!]!));
  }
  for (const [attribute, mark] of Object.entries(ATTRIBUTE_MARKS)) {
    for (const element of document.querySelectorAll(`[${mark}]`)) {
      element.setAttribute(attribute, texts[element.getAttribute(mark)!]!);
    }
  }
}

function withCode(text: string): (Node | string)[] {
  return codeParts(text).map((part, i) => {
    if (i % 2 === 0) return part;
    const code = document.createElement("code");
    code.textContent = part;
    return code;
  });
}
