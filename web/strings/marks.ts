/**
 * Sentences in the pages' HTML: `{skip}` as an element's content or an attribute stands for the table's sentence of that
 * name. A build puts the English ones there, and marks the elements, so that the page can replace them.
 */

/** Names and sentences; code stands between backquotes. */
export type HtmlTexts = Readonly<Record<string, string>>;

/** Marks an element by the name of its content. */
export const CONTENT_MARK = "data-text";

/** Attributes that may hold a sentence, and the one that marks an element by its name. */
export const ATTRIBUTE_MARKS = {
  "aria-label": "data-text-label",
  content: "data-text-content",
} as const;

/** Every second part is code. */
export function codeParts(text: string): string[] {
  return text.split("`");
}
