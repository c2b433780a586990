/** Text that was not UTF-8: decoders put U+FFFD in the place of bytes that are no character, without an error. */

const REPLACEMENT = "\uFFFD";
/** Characters before the place that an error shows. */
const SHOWN = 20;

/**
 * What is wrong with a text that was decoded as UTF-8, as the rest of a sentence that begins with its name; undefined if
 * nothing is. A text that has U+FFFD itself is refused, too: nobody writes it, and its characters are lost.
 */
export function utf8Issue(text: string): string | undefined {
  const at = text.indexOf(REPLACEMENT);
  return at < 0 ? undefined : notUtf8(text, at);
}

/** @param at Where in the text the bytes were no character. */
export function notUtf8(text: string, at: number): string {
  const before = text.slice(Math.max(0, at - SHOWN), at);
  const place = at === 0 ? "at its beginning" : `after ${JSON.stringify(before)}`;
  return `is not UTF-8 ${place}; write it as UTF-8`;
}
