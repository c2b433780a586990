/** Examples -> numbers, by the predictor's own preprocessing; posters stay on disk until a batch needs them. */

import type { MovieEncoder, MovieFeatures } from "../../predictor/preprocess/features.ts";
import type { Dataset, Example } from "../dataset/dataset.ts";
import type { PosterStore } from "../dataset/posterCache.ts";

/** A movie ready to be batched. */
export interface PreparedMovie {
  readonly example: Example;
  /** Everything but the poster. */
  readonly features: MovieFeatures;
  /** Key of its poster in the store; undefined when it has none that can be decoded. */
  readonly posterPath: string | undefined;
  /** 1 for each of its labels [L]. */
  readonly target: Uint8Array;
}

export function prepareMovies(
  examples: readonly Example[],
  dataset: Dataset,
  encoder: MovieEncoder,
  posters: PosterStore,
): PreparedMovie[] {
  const labelIndex = new Map(dataset.labels.map((label, i) => [label, i]));
  return examples.map((example) => {
    const { users, stars } = example.ratings;
    const features = encoder.encode({
      title: example.title,
      ...(example.year === undefined ? {} : { year: example.year }),
      ratings: Array.from(users, (user, i) => ({
        user: dataset.users[user]!.id,
        stars: stars[i]!,
      })),
    });
    const target = new Uint8Array(dataset.labels.length);
    for (const label of example.labels) target[labelIndex.get(label)!] = 1;
    const { posterPath } = example;
    return {
      example,
      features,
      posterPath: posterPath !== undefined && posters.has(posterPath) ? posterPath : undefined,
      target,
    };
  });
}

/** The movie's features with its poster read from the store. */
export function withPoster(movie: PreparedMovie, posters: PosterStore): MovieFeatures {
  if (movie.posterPath === undefined) return movie.features;
  const poster = new Uint8Array(posters.spec.height * posters.spec.width * 3);
  posters.read(movie.posterPath, poster);
  return { ...movie.features, poster };
}
