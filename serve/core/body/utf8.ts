/** Bytes that are to be UTF-8: Node's decoder would put U+FFFD in the place of others, without an error. */

import { isUtf8 } from "node:buffer";
import { notUtf8 } from "../../../predictor/utf8.ts";

const REPLACEMENT = "\uFFFD";
/** How UTF-8 writes U+FFFD itself, which bytes may say. */
const WRITTEN = Buffer.from(REPLACEMENT);

/** Bytes -> text. @throws SyntaxError naming the place where they are not a character. */
export function decodeUtf8(bytes: Uint8Array): string {
  // Threads are sent plain arrays of bytes.
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const text = buffer.toString("utf8");
  if (!isUtf8(buffer)) throw new SyntaxError(`it ${notUtf8(text, firstWrong(text, buffer))}`);
  return text;
}

/** Where in the text the first bytes were not a character. */
function firstWrong(text: string, bytes: Buffer): number {
  let offset = 0;
  let start = 0;
  for (;;) {
    const at = text.indexOf(REPLACEMENT, start);
    offset += Buffer.byteLength(text.slice(start, at));
    if (!bytes.subarray(offset, offset + WRITTEN.length).equals(WRITTEN)) return at;
    offset += WRITTEN.length;
    start = at + 1;
  }
}
