/** The target's metric as a function of the number of ratings shown. */

import { groupOf } from "../../predictor/item.ts";
import type { Predictor } from "../../predictor/predictor.ts";
import { createRandom, type Random } from "../common/random.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { type EncodedMovie, encodedRatings, truthOf, withRatings } from "../fit/prepare.ts";
import type { FittedTarget } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { bootstrapMean, type Interval } from "./bootstrap.ts";
import { groupNames, scoreMovies } from "./subsets.ts";

/** Numbers of ratings shown per movie; Infinity: all. */
const COUNTS = [0, 1, 2, 5, 10, 20, 50, Number.POSITIVE_INFINITY];

export interface RatingsCurvePoint {
  /** Maximum number of ratings shown per movie; null: all. */
  readonly ratings: number | null;
  /** Number of movies with at least so many ratings; for all, those with any. */
  readonly movies: number;
  /** The metric over the movies with ratings, from ratings alone; null if none has a value. */
  readonly alone: Interval | null;
  /** The same from all inputs. */
  readonly together: Interval | null;
}

/**
 * Scores the graph on random subsets of each movie's ratings; smaller subsets are included in larger ones. Every point is
 * over the same movies, those with ratings.
 *
 * @param seed Seed of the draw and of the intervals.
 * @returns Empty if no movie has ratings.
 */
export async function scoreRatingsCurve(
  predictor: Predictor,
  movies: readonly EncodedMovie[],
  posters: PosterStore,
  target: FittedTarget,
  seed: number,
): Promise<RatingsCurvePoint[]> {
  const rated = movies.filter((movie) => encodedRatings(movie).users.length > 0);
  if (rated.length === 0) return [];
  const random = createRandom(seed).fork("ratings curve");
  const orders = rated.map((movie) => drawOrder(encodedRatings(movie).users.length, random));
  const { ratingsInput: input } = rated[0]!;
  const ratings = groupOf(input!, predictor.inputs[input!]!);
  const truth = truthOf(rated, target);
  const { metric } = rulesOf(target);
  const points: RatingsCurvePoint[] = [];
  for (const count of COUNTS) {
    const shown = rated.map((movie, i) => withRatings(movie, orders[i]!.subarray(0, count)));
    const score = async (inputs: readonly string[]) => {
      const scores = await scoreMovies(predictor, shown, posters, inputs);
      const values = metric.perItem(scores, truth, target.outputs.length);
      return bootstrapMean(values, { seed }) ?? null;
    };
    points.push({
      ratings: Number.isFinite(count) ? count : null,
      movies: rated.filter(
        (movie) => !Number.isFinite(count) || encodedRatings(movie).users.length >= count,
      ).length,
      alone: await score([ratings]),
      together: await score(groupNames(predictor)),
    });
  }
  return points;
}

function drawOrder(size: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: size }, (_, i) => i);
  random.shuffle(order);
  return order;
}
