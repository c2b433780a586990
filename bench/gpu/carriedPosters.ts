/** The posters of a pack, decoded into memory: 60 MB for MovieLens 1M. */

import { readFileSync } from "node:fs";
import type { Dataset } from "../../pipeline/dataset/dataset.ts";
import { imagesOf } from "../../pipeline/dataset/inputs.ts";
import type { PosterStore } from "../../pipeline/dataset/posterCache.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import { decodePosters } from "./nearLossless.ts";

/**
 * @param file Posters in the order of their image files' names. The pack's data set has no other image files.
 * @throws Error if the file has another number of posters than the data set.
 */
export function openCarriedPosters(
  file: string,
  { movies, inputs }: Dataset,
  { height, width }: PosterSpec,
): PosterStore {
  const spec = { height, width };
  const size = height * width * 3;
  const pixels = decodePosters(readFileSync(file), spec);
  const paths = movies.flatMap((movie) => imagesOf(movie, inputs)).sort();
  if (paths.length * size !== pixels.length) {
    throw new Error(
      `${file} has ${pixels.length / size} posters, the data set has ${paths.length}`,
    );
  }
  const slots = new Map(paths.map((path, i) => [path, i]));
  return {
    spec,
    counts: { decoded: 0, cached: paths.length, failed: 0 },
    issues: [],
    has: (path) => slots.has(path),
    read(path, out, offset = 0) {
      const start = slots.get(path)! * size;
      out.set(pixels.subarray(start, start + size), offset);
    },
    close() {},
  };
}
