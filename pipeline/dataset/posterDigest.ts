/** What the posters of a data set look like to a model, as a hash. */

import { createHash } from "node:crypto";
import type { Dataset } from "./dataset.ts";
import type { PosterStore } from "./posterCache.ts";

/** SHA-256 (hex) of the pixels of every movie that has any: of other files that decode to the same it is the same. */
export function digestPixels({ movies }: Dataset, posters: PosterStore): string {
  const hash = createHash("sha256");
  const pixels = new Uint8Array(posters.spec.height * posters.spec.width * 3);
  for (const { id, posterPath } of movies) {
    if (posterPath === undefined || !posters.has(posterPath)) continue;
    posters.read(posterPath, pixels);
    hash.update(`${id}\n`).update(pixels);
  }
  return hash.digest("hex");
}
