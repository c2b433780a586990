/** Resizing an image by its nearest pixels, where all sizes are known. */
import type { Builder } from "../builder.ts";
import { isStatic, type Tensor } from "../ir.ts";

/** Where a pixel of the result lies in the source. */
export type Coordinates = "align_corners" | "half_pixel" | "asymmetric";

/**
 * x [N, C, H, W] -> [N, C, height, width]: TensorFlow takes the pixel below; with aligned corners the nearest, halves up;
 * with half pixels the one they fall in. undefined where a size is not known.
 *
 * Resize has rules of these names, but runtimes compute them with a rounded scale, and where the place is a whole number
 * they may take the pixel before: onnxruntime makes row 6 of 14 the second of two, TensorFlow.js row 7.
 */
export function resizeNearest(
  b: Builder,
  x: Tensor,
  [height, width]: readonly [number, number],
  coordinates: Coordinates,
): Tensor | undefined {
  const from = x.shape.slice(2);
  if (!isStatic(from)) return undefined;
  const rows = nearestPixels(from[0]!, height, coordinates);
  const columns = nearestPixels(from[1]!, width, coordinates);
  const times = [repeats(rows, from[0]!), repeats(columns, from[1]!)];
  if (times.every((n) => n !== undefined)) {
    // exact in every runtime, which has faster code for it
    const attrs = {
      mode: "nearest",
      nearest_mode: "floor",
      coordinate_transformation_mode: "asymmetric",
    };
    return times.every((n) => n === 1)
      ? x
      : b.op("Resize", [x, undefined, b.floats("scales", [1, 1, ...times])], attrs);
  }
  const taken = times[0] === 1 ? x : b.op("Gather", [x, b.ints(rows)], { axis: 2 });
  return times[1] === 1 ? taken : b.op("Gather", [taken, b.ints(columns)], { axis: 3 });
}

/** For each of `to` pixels, the one of `from` that it takes, in the arithmetic of TensorFlow.js. */
function nearestPixels(from: number, to: number, coordinates: Coordinates): number[] {
  const corners = coordinates === "align_corners";
  const scale = corners && to > 1 ? (from - 1) / (to - 1) : from / to;
  return Array.from({ length: to }, (_, i) => {
    const place = scale * (coordinates === "half_pixel" ? i + 0.5 : i);
    return Math.min(from - 1, corners ? Math.round(place) : Math.floor(place));
  });
}

/** How often every pixel is taken in a row; undefined where that differs. */
function repeats(pixels: readonly number[], from: number): number | undefined {
  const times = pixels.length / from;
  return pixels.every((pixel, i) => pixel === Math.floor(i / times)) && Number.isInteger(times)
    ? times
    : undefined;
}
