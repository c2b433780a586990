/** Hash of a data set's posters as a model sees them. */

import { createHash } from "node:crypto";
import type { Dataset } from "./dataset.ts";
import { imageNames, imageOf } from "./inputs.ts";
import { imagesFor, type PosterStore } from "./posterCache.ts";

/** SHA-256 (hex) of the pixels of every movie with a poster; files that decode to the same pixels give the same hash. */
export function digestPixels({ movies, inputs }: Dataset, posters: PosterStore): string {
  const hash = createHash("sha256");
  for (const name of imageNames(inputs)) {
    const store = imagesFor(posters, name);
    const pixels = new Uint8Array(store.spec.height * store.spec.width * 3);
    for (const movie of movies) {
      const path = imageOf(movie, name);
      if (path === undefined || !store.has(path)) continue;
      store.read(path, pixels);
      hash.update(`${movie.id}\n`).update(pixels);
    }
  }
  return hash.digest("hex");
}
