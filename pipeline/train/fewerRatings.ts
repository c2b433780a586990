/** Movies with only some of their ratings, from which the gates learn how far to trust few ratings. */

import type { Random } from "../common/random.ts";
import { type EncodedMovie, encodedRatings, withRatings } from "../fit/prepare.ts";

/** Numbers of ratings that movies with more ratings are reduced to. */
const COUNTS = [1, 2, 5, 10, 25];

export interface FewerRatings {
  readonly movie: EncodedMovie;
  /** Index of the whole movie in the given list. */
  readonly of: number;
}

/** Every movie once per input and count below its number of ratings of it, with ratings drawn at random. */
export function fewerRatings(movies: readonly EncodedMovie[], random: Random): FewerRatings[] {
  return movies.flatMap((movie, of) =>
    movie.ratingsInputs.flatMap((input) => {
      const { users } = encodedRatings(movie, input);
      return COUNTS.filter((count) => count < users.length).map((count) => {
        const order = Uint32Array.from(users.keys());
        random.shuffle(order);
        return { of, movie: withRatings(movie, input, order.subarray(0, count)) };
      });
    }),
  );
}
