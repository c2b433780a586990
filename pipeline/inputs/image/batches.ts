/** Training batches of images, which are augmented. */

import { imagesFor } from "../../dataset/posterCache.ts";
import type { ImageInput } from "../../model/modelInputs.ts";
import { augmentPoster } from "../../train/augment.ts";
import type { MakeInputs } from "../../train/inputBatches.ts";

export const image: MakeInputs<ImageInput> = ({ input, main }, movies, source, random) => {
  const present = new Float32Array(movies.length).fill(1);
  const { spec, options: augmentation } = main;
  const features = source.features?.[input];
  if (features) {
    const values = new Float32Array(movies.length * features.size);
    for (const [i, movie] of movies.entries()) {
      const view = random && features.views > 1 ? random.int(features.views) : 0;
      features.read(movie.images[input]!, view, values, i * features.size);
    }
    return [values, present];
  }
  const pixels = spec.height * spec.width * 3;
  const values = new Int32Array(movies.length * pixels);
  const bytes = new Uint8Array(pixels);
  const posters = imagesFor(source.posters, input);
  for (const [i, movie] of movies.entries()) {
    posters.read(movie.images[input]!, bytes);
    if (random) augmentPoster(bytes, { spec, augmentation, random }, values, i * pixels);
    else values.set(bytes, i * pixels);
  }
  return [values, present];
};
