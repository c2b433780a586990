/** Augmentation of posters in training: mirrored, shifted and recoloured at random. */

import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import type { Random } from "../common/random.ts";

/** Largest shift, as a share of the poster's side. */
const SHIFT = 0.08;
/** Largest relative change of each channel's contrast. */
const CONTRAST = 0.2;
/** Largest change of each channel's brightness, as a share of full scale. */
const BRIGHTNESS = 0.1;

/** Which changes are made. */
export interface Augmentation {
  readonly flip: boolean;
  readonly shift: boolean;
  readonly recolour: boolean;
}

export interface AugmentOptions {
  readonly spec: PosterSpec;
  readonly augmentation: Augmentation;
  /** Draws the changes; the number of draws does not depend on which changes are made. */
  readonly random: Random;
}

/**
 * Writes an augmented copy of `poster` (uint8 [height, width, 3]) into `out` from `offset` on, values 0..255. Pixels that
 * a shift uncovers repeat the edge.
 */
export function augmentPoster(
  poster: Uint8Array,
  { spec: { height, width }, augmentation, random }: AugmentOptions,
  out: Int32Array,
  offset: number,
): void {
  const mirrored = random.next() < 0.5 && augmentation.flip;
  const reach = augmentation.shift ? SHIFT : 0;
  const dx = Math.round((2 * random.next() - 1) * reach * width);
  const dy = Math.round((2 * random.next() - 1) * reach * height);
  const strength = augmentation.recolour ? 1 : 0;
  // A look-up table per channel: 256 multiplications instead of one per pixel.
  const tables = [0, 1, 2].map(() => {
    const gain = 1 + (2 * random.next() - 1) * CONTRAST * strength;
    const shift = (2 * random.next() - 1) * BRIGHTNESS * 255 * strength;
    return Int32Array.from({ length: 256 }, (_, value) =>
      Math.min(255, Math.max(0, Math.round((value - 127.5) * gain + 127.5 + shift))),
    );
  });
  const [red, green, blue] = tables as [Int32Array, Int32Array, Int32Array];
  let at = offset;
  for (let y = 0; y < height; y++) {
    const row = Math.min(height - 1, Math.max(0, y + dy)) * width;
    for (let x = 0; x < width; x++) {
      const shifted = Math.min(width - 1, Math.max(0, x + dx));
      const from = (row + (mirrored ? width - 1 - shifted : shifted)) * 3;
      out[at++] = red[poster[from]!]!;
      out[at++] = green[poster[from + 1]!]!;
      out[at++] = blue[poster[from + 2]!]!;
    }
  }
}
