/** Pieces of a body -> its lines, one at a time, in memory for no more than one line and one piece. */

import { Blocks } from "../../core/body/blocks.ts";
import { createTurns } from "../../core/turns.ts";

const [NEWLINE, BLANK] = [0x0a, 0x20];
/** Longer lines of blanks are lines that are no JSON. */
const MAX_BLANKS = 1024;

export interface Line {
  /** From 1, with blank lines counted. */
  readonly number: number;
  /** Undefined where the line is too long; its bytes are skipped. */
  readonly bytes: Buffer | undefined;
}

/**
 * The lines that are not blank; the last may end without a newline.
 *
 * @param pieces Of the body, in order; each is asked for when those before it have no more lines.
 * @param maxBytes Of a line.
 * @param release Called with the bytes that are let go, as they are in no line.
 */
export async function* linesOf(
  pieces: AsyncIterator<Buffer>,
  maxBytes: number,
  release: (bytes: number) => void,
): AsyncGenerator<Line, void> {
  const turn = createTurns();
  let number = 1;
  let length = 0;
  let parts: Buffer[] = [];
  let blocks = new Blocks((block) => parts.push(block));
  const clear = () => {
    parts = [];
    blocks = new Blocks((block) => parts.push(block));
  };
  /** Adds to the line; of one that is too long, nothing is kept. */
  const add = (part: Buffer) => {
    const kept = length;
    length += part.length;
    if (length <= maxBytes) {
      blocks.add(part);
      return;
    }
    release(part.length + (kept <= maxBytes ? kept : 0));
    clear();
  };
  /** Ends the line; undefined if it is blank. */
  const take = (): Line | undefined => {
    if (length === 0) return undefined;
    blocks.flush();
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    const line = { number, bytes: length > maxBytes ? undefined : bytes };
    const isBlank =
      length <= Math.min(maxBytes, MAX_BLANKS) && bytes.every((byte) => byte <= BLANK);
    if (isBlank) release(length);
    clear();
    length = 0;
    return isBlank ? undefined : line;
  };
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
    const piece = next.value;
    let start = 0;
    for (;;) {
      const end = piece.indexOf(NEWLINE, start);
      if (end < 0) break;
      // The newline itself is not part of it.
      add(piece.subarray(start, end));
      release(1);
      const line = take();
      if (line) yield line;
      // A piece may have a blank line in each byte.
      else await turn();
      number++;
      start = end + 1;
    }
    if (start < piece.length) add(piece.subarray(start));
  }
  const last = length > 0 ? take() : undefined;
  if (last) yield last;
}
