/** The compression of GIF (CompuServe 89a, appendix F): checks that the data are valid, without decoding them. */

import { ImageError } from "./header.ts";

/** Bits; the string table is full at this length. */
const LONGEST_CODE = 12;

/**
 * Checks the data, because decoders differ on invalid data.
 *
 * @param bytes The data of an image, its sub-blocks joined.
 * @param codeSize Bits of a colour.
 * @throws ImageError unless the codes are valid and make `pixels` pixels or more.
 */
export function checkLzw(bytes: Uint8Array, codeSize: number, pixels: number): void {
  if (codeSize < 1 || codeSize > 8) throw new ImageError("it is damaged");
  const clear = 1 << codeSize;
  /** Pixels that each code stands for. */
  const lengths = new Uint32Array(1 << LONGEST_CODE).fill(1, 0, clear);
  let [next, size, previous] = [clear + 2, codeSize + 1, -1];
  let [buffer, bits, made] = [0, 0, 0];
  for (let at = 0; made < pixels; ) {
    while (bits < size) {
      if (at === bytes.length) throw new ImageError("it is damaged");
      buffer |= bytes[at++]! << bits;
      bits += 8;
    }
    const code = buffer & ((1 << size) - 1);
    buffer >>>= size;
    bits -= size;
    if (code === clear) {
      [next, size, previous] = [clear + 2, codeSize + 1, -1];
      continue;
    }
    const known = previous < 0 ? code < clear : code < next && code !== clear + 1;
    // One code is valid before it is in the table: that of the string being entered now.
    const entered = previous >= 0 && code === next && next < lengths.length;
    if (!known && !entered) throw new ImageError("it is damaged");
    if (previous >= 0 && next < lengths.length) {
      lengths[next++] = lengths[previous]! + 1;
      if (next === 1 << size && size < LONGEST_CODE) size++;
    }
    made += lengths[code]!;
    previous = code;
  }
}
