/** Files of UTF-16 -> UTF-8, in which whoever reads rows counts bytes and lines. */

import { TextDecoder } from "node:util";

const MARK_BYTES = 2;

/** The byte order mark, as hexadecimal digits, that a text of UTF-16 begins with, and what it says. */
const ENCODINGS: Readonly<Record<string, "utf-16le" | "utf-16be">> = {
  fffe: "utf-16le",
  feff: "utf-16be",
};

/** @param start The first bytes of a file, two or more. @returns Undefined if they are no mark of UTF-16. */
export function utf16Of(start: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  return ENCODINGS[Buffer.from(start).toString("hex", 0, MARK_BYTES)];
}

/**
 * Gives the same text as UTF-8 if a byte order mark says that it is UTF-16, and everything else as it is. What is no
 * character becomes U+FFFD, which `utf8Issue` finds.
 */
export async function* asUtf8(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0);
  let decoder: TextDecoder | undefined;
  for await (const chunk of chunks) {
    let piece = chunk;
    if (start !== undefined) {
      start = Buffer.concat([start, chunk]);
      if (start.length < MARK_BYTES) continue;
      const encoding = utf16Of(start);
      if (encoding !== undefined) decoder = new TextDecoder(encoding);
      piece = start;
      start = undefined;
    }
    yield decoder ? Buffer.from(decoder.decode(piece, { stream: true })) : piece;
  }
  if (start !== undefined) yield start;
  if (decoder) yield Buffer.from(decoder.decode());
}
