/** The compression of GIF (CompuServe 89a, appendix F). */

import { issueOf } from "../issues.ts";
import { ImageError } from "./header.ts";

/** Bits; the string table is full at this length. */
const LONGEST_CODE = 12;

/**
 * Checks the data, because decoders differ on invalid data, and decodes them if asked to.
 *
 * @param bytes The data of an image, its sub-blocks joined.
 * @param codeSize Bits of a colour.
 * @param out Receives so many colours, by their numbers; what more there is is left out.
 * @throws ImageError unless the codes are valid and make `pixels` pixels or more.
 */
export function readLzw(
  bytes: Uint8Array,
  codeSize: number,
  pixels: number,
  out?: Uint8Array,
): void {
  if (codeSize < 1 || codeSize > 8) throw new ImageError(issueOf("damaged"));
  const clear = 1 << codeSize;
  const size = 1 << LONGEST_CODE;
  /** Pixels that each code stands for, and where they were seen first. */
  const lengths = new Uint32Array(size).fill(1, 0, clear);
  const starts = new Uint32Array(size);
  let [next, bitsOfCode, previous] = [clear + 2, codeSize + 1, -1];
  let [buffer, bits, made] = [0, 0, 0];
  for (let at = 0; made < pixels; ) {
    while (bits < bitsOfCode) {
      if (at === bytes.length) throw new ImageError(issueOf("damaged"));
      buffer |= bytes[at++]! << bits;
      bits += 8;
    }
    const code = buffer & ((1 << bitsOfCode) - 1);
    buffer >>>= bitsOfCode;
    bits -= bitsOfCode;
    if (code === clear) {
      [next, bitsOfCode, previous] = [clear + 2, codeSize + 1, -1];
      continue;
    }
    const known = previous < 0 ? code < clear : code < next && code !== clear + 1;
    // One code is valid before it is in the table: that of the string being entered now.
    const entered = previous >= 0 && code === next && next < size;
    if (!known && !entered) throw new ImageError(issueOf("damaged"));
    if (previous >= 0 && next < size) {
      // The string before, and one pixel of this one, which follows it.
      lengths[next] = lengths[previous]! + 1;
      starts[next] = made - lengths[previous]!;
      next++;
      if (next === 1 << bitsOfCode && bitsOfCode < LONGEST_CODE) bitsOfCode++;
    }
    if (out && code < clear) out[made] = code;
    else if (out) {
      // One by one: a string that is being entered begins with pixels that are written here.
      const end = Math.min(out.length, made + lengths[code]!);
      for (let [from, to] = [starts[code]!, made]; to < end; ) out[to++] = out[from++]!;
    }
    made += lengths[code]!;
    previous = code;
  }
}
