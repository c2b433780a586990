/** Ratings. */

import type { RatingsSpec } from "../../../predictor/inputs/ratings.ts";
import type { WorkerType } from "./workerType.ts";

export const ratings = {
  example({ groups, stars, maxRatings }) {
    const first = {
      gender: groups.genders[0],
      age: groups.ages[0],
      occupation: groups.occupations[0],
    };
    const both = [
      { stars: stars.max, ...first },
      { stars: stars.min, age: groups.ages.at(-1) },
    ];
    return both.slice(0, maxRatings);
  },
} satisfies WorkerType<RatingsSpec>;
