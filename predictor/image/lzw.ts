/** The compression of GIF (CompuServe 89a, appendix F): whether the data are sound, without decoding them. */

import { Fault } from "./header.ts";

/** Bits; the table of strings grows no further. */
const LONGEST_CODE = 12;

/**
 * Decoders differ on what they make of data that are not.
 *
 * @param bytes The data of an image, its sub-blocks joined.
 * @param codeSize Bits of a colour.
 * @throws Fault unless the codes are valid and make `pixels` pixels or more.
 */
export function checkLzw(bytes: Uint8Array, codeSize: number, pixels: number): void {
  if (codeSize < 1 || codeSize > 8) throw new Fault("it is damaged");
  const clear = 1 << codeSize;
  /** Pixels that each code stands for. */
  const lengths = new Uint32Array(1 << LONGEST_CODE).fill(1, 0, clear);
  let [next, size, previous] = [clear + 2, codeSize + 1, -1];
  let [buffer, bits, made] = [0, 0, 0];
  for (let at = 0; made < pixels; ) {
    while (bits < size) {
      if (at === bytes.length) throw new Fault("it is damaged");
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
    // The one code that may come before it is in the table: the string that is entered just now.
    const entered = previous >= 0 && code === next && next < lengths.length;
    if (!known && !entered) throw new Fault("it is damaged");
    if (previous >= 0 && next < lengths.length) {
      lengths[next++] = lengths[previous]! + 1;
      if (next === 1 << size && size < LONGEST_CODE) size++;
    }
    made += lengths[code]!;
    previous = code;
  }
}
