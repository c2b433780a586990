/** Fits a vector for every user who rated. */

import type { RatingsSpec } from "../../../predictor/inputs/ratings.ts";
import type { Dataset } from "../../dataset/dataset.ts";
import type { DeclaredRange } from "../../dataset/declaredRange.ts";
import { ratingsOf } from "../../dataset/inputs.ts";
import type { InputFit } from "../../fit/inputFit.ts";
import { fitUserVectors, type UserVectors } from "../../fit/userVectors.ts";
import { optionsOf } from "../options.ts";
import type { DeclaredRatings } from "./data.ts";
import type { RatingsOptions } from "./options.ts";

export interface RatingsInput {
  readonly type: "ratings";
  readonly spec: RatingsSpec;
  readonly options: RatingsOptions;
  readonly userVectors: UserVectors;
}

export const ratings: InputFit<DeclaredRatings, RatingsInput> = {
  fit(name, declared, { config, dataset, seen, random }) {
    const options = optionsOf(config, name, "ratings");
    const movies = seen.map((movie) => ({ ratings: ratingsOf(movie, name) }));
    const { maxRatings } = options;
    const userVectors = fitUserVectors(
      movies,
      dataset.users[name] ?? [],
      options,
      random.fork("raters"),
      name,
    );
    const { users, groups } = userVectors;
    const stars = starRange(dataset, name, declared);
    const spec = { type: "ratings" as const, users, groups, stars, maxRatings };
    return { type: "ratings", spec, options, userVectors };
  },
};

/**
 * The range that the description declares. Without one, that of all splits: a small training part may not include both ends
 * of the scale. Stars are float32, which may be rounded beyond a declared end.
 */
function starRange(
  { movies }: Dataset,
  name: string,
  declared: DeclaredRange,
): { min: number; max: number } {
  let { min = Number.POSITIVE_INFINITY, max = Number.NEGATIVE_INFINITY } = declared;
  for (const movie of movies) {
    for (const stars of ratingsOf(movie, name).stars) {
      min = Math.min(min, stars);
      max = Math.max(max, stars);
    }
  }
  return min <= max ? { min, max } : { min: 1, max: 5 };
}
