/** Transparency -> what a viewer shows on a white page. */

import type { DecodedImage } from "../preprocess/poster.ts";

/**
 * Lays an image on white: colour * alpha / 255, rounded, plus what is left of white.
 *
 * @param image RGB, or RGBA that is not premultiplied.
 * @param into Where the result goes; may be the image's own data, which is lost then.
 * @returns RGB.
 */
export function flattenOnWhite(
  { data, width, height, channels }: DecodedImage,
  into: Uint8Array | Uint8ClampedArray = new Uint8Array(width * height * 3),
): DecodedImage {
  if (channels === 3) return { data, width, height, channels };
  const out = into.subarray(0, width * height * 3);
  for (let from = 0, to = 0; to < out.length; from += 4, to += 3) {
    const alpha = data[from + 3]!;
    for (let c = 0; c < 3; c++) {
      // Read before its place is written to, which is never ahead.
      const colour = data[from + c]!;
      // The quotient by 255, rounded, of products of two bytes.
      const product = colour * alpha + 128;
      out[to + c] = ((product + (product >> 8)) >> 8) + 255 - alpha;
    }
  }
  return { data: out, width, height, channels: 3 };
}
