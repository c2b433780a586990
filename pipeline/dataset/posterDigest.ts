/** Hash of a data set's posters as a model sees them. */

import { createHash } from "node:crypto";
import type { Dataset } from "./dataset.ts";
import { imagesOf } from "./inputs.ts";
import type { PosterStore } from "./posterCache.ts";

/** SHA-256 (hex) of the pixels of every movie with a poster; files that decode to the same pixels give the same hash. */
export function digestPixels({ movies, inputs }: Dataset, posters: PosterStore): string {
  const hash = createHash("sha256");
  const pixels = new Uint8Array(posters.spec.height * posters.spec.width * 3);
  for (const movie of movies) {
    const [path] = imagesOf(movie, inputs);
    if (path === undefined || !posters.has(path)) continue;
    posters.read(path, pixels);
    hash.update(`${movie.id}\n`).update(pixels);
  }
  return hash.digest("hex");
}
