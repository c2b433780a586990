/** Brightness of the training posters, which the graph's first layer standardises. */

import type { PosterStore } from "../dataset/posterCache.ts";

/** Mean and standard deviation of the training images' bytes, over all channels. */
export interface PixelScale {
  readonly mean: number;
  readonly std: number;
}

/**
 * Mean and standard deviation of all bytes of the given posters, over all channels.
 *
 * @returns Mean 127.5 and standard deviation 64 if there are no posters.
 */
export function fitPixels(paths: Iterable<string>, posters: PosterStore): PixelScale {
  const bytes = new Uint8Array(posters.spec.height * posters.spec.width * 3);
  const histogram = new Float64Array(256);
  for (const path of paths) {
    posters.read(path, bytes);
    for (let i = 0; i < bytes.length; i++) histogram[bytes[i]!]!++;
  }
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (const [value, times] of histogram.entries()) {
    sum += value * times;
    squares += value * value * times;
    count += times;
  }
  if (count === 0) return { mean: 127.5, std: 64 };
  const mean = sum / count;
  // At least 1, so that uniform posters do not cause a division by zero.
  return { mean, std: Math.max(1, Math.sqrt(squares / count - mean * mean)) };
}
