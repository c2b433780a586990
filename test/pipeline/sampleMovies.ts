/** Small invented data sets for tests: movies of two kinds, which titles and users reveal. */

import { createRandom } from "../../pipeline/common/random.ts";
import type { Dataset, LabelledMovie, Ratings, User } from "../../pipeline/dataset/dataset.ts";
import { MOVIE_INPUTS } from "../../pipeline/dataset/inputs.ts";
import type { EncodedMovie } from "../../pipeline/fit/prepare.ts";
import type { MovieFeatures } from "../../predictor/movie.ts";

export const LABELS = ["Action", "Comedy", "Drama"];

/** A type alias and not an interface, so that it is assignable to records by name. */
export type MovieValues = {
  readonly title: string;
  readonly year?: number;
  readonly poster?: string;
  readonly ratings: Ratings;
};

export interface SampleMovie extends LabelledMovie {
  readonly values: MovieValues;
}

export interface SampleDataset extends Dataset {
  readonly users: { readonly ratings: readonly User[] };
  readonly movies: readonly SampleMovie[];
}

/** A sample's movie as numbers. */
export interface SampleEncodedMovie extends EncodedMovie {
  readonly source: SampleMovie;
  readonly features: MovieFeatures;
}

/** The movie with some other values. */
export function withValues(movie: SampleMovie, values: Partial<MovieValues>): SampleMovie {
  return { ...movie, values: { ...movie.values, ...values } };
}

/** A movie rated by the given users, by index in the data set's users. */
export function ratedMovie(
  id: string,
  users: readonly number[],
  stars: readonly number[] = users.map(() => 3),
): SampleMovie {
  return {
    id,
    values: {
      title: `Movie ${id}`,
      ratings: { users: Uint32Array.from(users), stars: Float32Array.from(stars) },
    },
    labels: [LABELS[0]!],
    split: "train",
  };
}

export function datasetOf(movies: readonly SampleMovie[], users: number): SampleDataset {
  return {
    name: "test",
    synthetic: true,
    inputs: MOVIE_INPUTS,
    labels: LABELS,
    users: { ratings: Array.from({ length: users }, (_, i) => ({ id: `u${i}` })) },
    movies,
    issues: [],
    issueCounts: {},
    noteCounts: {},
    sha256: "0".repeat(64),
  };
}

/**
 * `count` movies, alternately action and comedy. Words, years and users depend on the kind; every fourth movie has no
 * ratings, and drama is assigned at random.
 */
export function twoKinds(count: number, users = 40, seed = 1): SampleDataset {
  const random = createRandom(seed);
  const words = [
    ["war", "steel", "fist", "hunter"],
    ["love", "wedding", "cat", "holiday"],
  ];
  const movies = Array.from({ length: count }, (_, i): SampleMovie => {
    const kind = i % 2;
    const word = () => words[kind]![random.int(4)]!;
    const ratedBy: number[] = [];
    for (let user = 0; user < users && i % 4 < 3; user++) {
      if (random.next() < (user % 2 === kind ? 0.6 : 0.1)) ratedBy.push(user);
    }
    return {
      id: String(i),
      values: {
        title: `${word()} ${word()} (${(kind === 0 ? 1960 : 1995) + random.int(5)})`,
        ratings: {
          users: Uint32Array.from(ratedBy),
          stars: Float32Array.from(ratedBy, () => 1 + random.int(5)),
        },
      },
      labels: [LABELS[kind]!, ...(random.next() < 0.2 ? [LABELS[2]!] : [])],
      split: "train",
    };
  });
  return datasetOf(movies, users);
}
