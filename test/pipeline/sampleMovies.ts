/** Small invented movies for tests: movies of two kinds, whose titles and users tell which. */

import { createRandom } from "../../pipeline/common/random.ts";
import type { Dataset, LabelledMovie } from "../../pipeline/dataset/dataset.ts";

export const LABELS = ["Action", "Comedy", "Drama"];

/** A movie rated by the given users, by index in the data set's users. */
export function ratedMovie(
  id: string,
  users: readonly number[],
  stars: readonly number[] = users.map(() => 3),
): LabelledMovie {
  return {
    id,
    title: `Movie ${id}`,
    ratings: { users: Uint32Array.from(users), stars: Float32Array.from(stars) },
    labels: [LABELS[0]!],
    split: "train",
  };
}

export function datasetOf(movies: readonly LabelledMovie[], users: number): Dataset {
  return {
    name: "test",
    synthetic: true,
    labels: LABELS,
    users: Array.from({ length: users }, (_, i) => ({ id: `u${i}` })),
    movies,
    issues: [],
    issueCounts: {},
    noteCounts: {},
    sha256: "0".repeat(64),
  };
}

/**
 * `count` movies, by turns an action film and a comedy. Words, years and users follow the kind; every fourth movie
 * has no ratings, and drama is drawn by chance.
 */
export function twoKinds(count: number, users = 40, seed = 1): Dataset {
  const random = createRandom(seed);
  const words = [
    ["war", "steel", "fist", "hunter"],
    ["love", "wedding", "cat", "holiday"],
  ];
  const movies = Array.from({ length: count }, (_, i): LabelledMovie => {
    const kind = i % 2;
    const word = () => words[kind]![random.int(4)]!;
    const ratedBy: number[] = [];
    for (let user = 0; user < users && i % 4 < 3; user++) {
      if (random.next() < (user % 2 === kind ? 0.6 : 0.1)) ratedBy.push(user);
    }
    return {
      id: String(i),
      title: `${word()} ${word()} (${(kind === 0 ? 1960 : 1995) + random.int(5)})`,
      ratings: {
        users: Uint32Array.from(ratedBy),
        stars: Float32Array.from(ratedBy, () => 1 + random.int(5)),
      },
      labels: [LABELS[kind]!, ...(random.next() < 0.2 ? [LABELS[2]!] : [])],
      split: "train",
    };
  });
  return datasetOf(movies, users);
}
