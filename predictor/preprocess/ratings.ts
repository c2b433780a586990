/** A movie's ratings -> the rows of the rater table and the stars that the graph reads. */

import { InputError } from "../errors.ts";

/** What training learned about raters; part of a bundle's manifest. */
export interface RatingsSpec {
  /** Ids of the raters that have a vector: `users[i]` has row `i + FIRST_RATER_ROW` of the rater table. */
  readonly users: readonly string[];
  /** Range of the stars in the data set. */
  readonly stars: { readonly min: number; readonly max: number };
  /** Most ratings accepted for one movie. */
  readonly maxRatings: number;
}

export interface Rating {
  readonly user: string;
  readonly stars: number;
}

/** Row that holds zeros; places beside a movie's last rating point here, with 0 stars. */
export const NO_RATER_ROW = 0;
/** Row shared by all raters that the model has not seen. */
export const UNKNOWN_RATER_ROW = 1;
export const FIRST_RATER_ROW = 2;

export interface EncodedRatings {
  /** int32 [ratings], rows of the rater table. */
  readonly users: Int32Array;
  /** float32 [ratings]. */
  readonly stars: Float32Array;
}

export type RatingsEncoder = (ratings: readonly Rating[]) => EncodedRatings;

/**
 * Makes the function that looks raters up and checks their stars.
 *
 * The function throws InputError on stars outside the range, a user that rates twice, or too many ratings.
 */
export function createRatingsEncoder(spec: RatingsSpec): RatingsEncoder {
  const rows = new Map(spec.users.map((user, i) => [user, i + FIRST_RATER_ROW]));
  return (ratings) => {
    if (ratings.length > spec.maxRatings) {
      throw new InputError(
        "ratings",
        `${ratings.length} ratings given; at most ${spec.maxRatings} are accepted for one movie`,
      );
    }
    const seen = new Set<string>();
    const users = new Int32Array(ratings.length);
    const stars = new Float32Array(ratings.length);
    for (const [i, rating] of ratings.entries()) {
      if (!(rating.stars >= spec.stars.min && rating.stars <= spec.stars.max)) {
        throw new InputError(
          `ratings[${i}].stars`,
          `${rating.stars} is outside ${spec.stars.min} to ${spec.stars.max}`,
        );
      }
      if (seen.has(rating.user)) {
        throw new InputError(`ratings[${i}].user`, `"${rating.user}" has rated this movie already`);
      }
      seen.add(rating.user);
      users[i] = rows.get(rating.user) ?? UNKNOWN_RATER_ROW;
      stars[i] = rating.stars;
    }
    return { users, stars };
  };
}
