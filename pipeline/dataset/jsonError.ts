/** What is wrong with JSON that does not parse: JSON.parse's words, and the line that it does not tell. */

import { parse } from "@humanwhocodes/momoa";

/** Characters of text that is parsed again for the line, by a parser that takes several times as long. */
const MAX_TEXT = 1 << 24;

export interface JsonError {
  readonly message: string;
  /** From 1; undefined in very large texts. */
  readonly line: number | undefined;
}

/** @param text Not JSON. */
export function describeJsonError(text: string): JsonError {
  let message = "it cannot be parsed";
  try {
    JSON.parse(text);
  } catch (error) {
    // Without the extract, which may be long and of several lines, and the place, which only some versions of Node give.
    message = (error as Error).message.replace(
      /(, (\.\.\.)?"| in JSON at position| \(line).*$/s,
      "",
    );
  }
  try {
    if (text.length <= MAX_TEXT) parse(text, { mode: "json" });
  } catch (error) {
    return { message, line: (error as { line?: number }).line };
  }
  return { message, line: undefined };
}
