/** Puts the English sentences into the pages' HTML, for the time before their program runs, and for readers without it. */

import type { Plugin } from "vite";
import { enHtml as convert } from "../strings/en/convertHtml.ts";
import { enHtml as page } from "../strings/en/html.ts";
import { ATTRIBUTE_MARKS, CONTENT_MARK, codeParts, type HtmlTexts } from "../strings/marks.ts";

/** By the pages' files. */
export const PAGE_TEXTS: Readonly<Record<string, HtmlTexts>> = {
  "index.html": page,
  "convert.html": convert,
};

export function textsPlugin(): Plugin {
  return {
    name: "texts",
    transformIndexHtml: {
      order: "pre",
      handler(html, { path }) {
        const texts = PAGE_TEXTS[path.slice(1) || "index.html"];
        return texts ? fillHtml(html, texts) : html;
      },
    },
  };
}

/**
 * @param html With the sentences' names, see marks.ts.
 * @throws Error naming a sentence that the table lacks.
 */
export function fillHtml(html: string, texts: HtmlTexts): string {
  const find = (name: string) => {
    const text = texts[name];
    if (text === undefined)
      throw new Error(`the page names the text "${name}", which is in no table`);
    return text;
  };
  let filled = html;
  for (const [attribute, mark] of Object.entries(ATTRIBUTE_MARKS)) {
    filled = filled.replace(
      new RegExp(`\\b${attribute}="\\{(\\w+)\\}"`, "g"),
      (_, name) => `${attribute}="${escapeHtml(find(name))}" ${mark}="${name}"`,
    );
  }
  return filled.replace(/>\s*\{(\w+)\}\s*(?=<)/g, (_, name) => {
    const parts = codeParts(find(name)).map((part, i) =>
      i % 2 === 1 ? `<code>${escapeHtml(part)}</code>` : escapeHtml(part),
    );
    return ` ${CONTENT_MARK}="${name}">${parts.join("")}`;
  });
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
