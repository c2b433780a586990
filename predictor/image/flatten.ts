/** Transparency -> what a viewer shows on a white page. */

import type { DecodedImage } from "../preprocess/poster.ts";

/**
 * Lays an image on white: colour * alpha / 255, rounded, plus what is left of white. A browser's canvas keeps the
 * product alone, and gives back a colour that makes the same product; so the sum is the same wherever the image was
 * decoded, which is true of no rule that uses the colour itself.
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
      out[to + c] = alpha === 255 ? colour : Math.round((colour * alpha) / 255) + 255 - alpha;
    }
  }
  return { data: out, width, height, channels: 3 };
}
