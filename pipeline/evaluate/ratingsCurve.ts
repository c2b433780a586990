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

/** Of an input with ratings. */
export interface RatingsCurve {
  readonly input: string;
  readonly group: string;
  /** By number of ratings shown, fewest first. */
  readonly points: readonly RatingsCurvePoint[];
}

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

export interface RatingsCurveOptions {
  readonly predictor: Predictor;
  readonly posters: PosterStore;
  readonly target: FittedTarget;
  /** Seed of the draw and of the intervals. */
  readonly seed: number;
}

/**
 * Scores the graph on random subsets of each movie's ratings of an input; smaller subsets are included in larger ones.
 * Every point is over the same movies, those with ratings of it.
 *
 * @returns undefined if no movie has any.
 */
export async function scoreRatingsCurve(
  input: string,
  movies: readonly EncodedMovie[],
  { predictor, posters, target, seed }: RatingsCurveOptions,
): Promise<RatingsCurve | undefined> {
  const countOf = (movie: EncodedMovie) => encodedRatings(movie, input).users.length;
  const rated = movies.filter((movie) => countOf(movie) > 0);
  if (rated.length === 0) return undefined;
  const random = createRandom(seed).fork("ratings curve");
  const orders = rated.map((movie) => drawOrder(countOf(movie), random));
  const group = groupOf(input, predictor.inputs[input]!);
  const truth = truthOf(rated, target);
  const { metric } = rulesOf(target);
  const points: RatingsCurvePoint[] = [];
  for (const count of COUNTS) {
    const shown = rated.map((movie, i) => withRatings(movie, input, orders[i]!.subarray(0, count)));
    const score = async (inputs: readonly string[]) => {
      const scores = await scoreMovies(predictor, shown, posters, inputs);
      const values = metric.perItem(scores, truth, target.outputs.length);
      return bootstrapMean(values, { seed }) ?? null;
    };
    points.push({
      ratings: Number.isFinite(count) ? count : null,
      movies: rated.filter((movie) => !Number.isFinite(count) || countOf(movie) >= count).length,
      alone: await score([group]),
      together: await score(groupNames(predictor)),
    });
  }
  return { input, group, points };
}

function drawOrder(size: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: size }, (_, i) => i);
  random.shuffle(order);
  return order;
}
