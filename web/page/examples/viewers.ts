/** Viewers of the examples, for a model of any data set. */

import type { Rating, UserSpec } from "../../../predictor/preprocess/ratings.ts";

export interface Viewer {
  /** 0: the fewest stars that the data set has, 1: the most. */
  readonly liking: number;
  /** Positions among the data set's values; one that it does not have is left out. */
  readonly gender?: number;
  readonly age?: number;
  readonly occupation?: number;
}

export function toRatings(viewers: readonly Viewer[], { groups, stars }: UserSpec): Rating[] {
  return viewers.map(({ liking, gender = -1, age = -1, occupation = -1 }) => {
    const value = Math.round(stars.min + liking * (stars.max - stars.min));
    return {
      // A range may begin or end between two whole numbers.
      stars: Math.min(stars.max, Math.max(stars.min, value)),
      gender: groups.genders[gender],
      age: groups.ages[age],
      occupation: groups.occupations[occupation],
    };
  });
}
