/** The target's metric as a function of the number of ratings shown. */

import type { Curve } from "../../predictor/curve.ts";
import { groupOf } from "../../predictor/item.ts";
import { meanOfKnown } from "../../predictor/metrics.ts";
import type { Predictor } from "../../predictor/predictor.ts";
import { createRandom, type Random } from "../common/random.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { type EncodedMovie, encodedRatings, truthOf, withRatings } from "../fit/prepare.ts";
import type { FittedTarget } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { bootstrapMean, type Interval } from "./bootstrap.ts";
import { groupNames, scoreMovies, subsets } from "./subsets.ts";

/** Numbers of ratings shown per movie, below all of them. */
const COUNTS = [0, 1, 2, 5, 10, 20, 50, 100, 200];

/** The curve of one input with ratings. */
export interface RatingsCurve {
  readonly input: string;
  readonly group: string;
  /** By number of ratings shown, fewest first. */
  readonly points: readonly RatingsCurvePoint[];
  /** From every subset of the inputs that has the group, for the manifest. */
  readonly published: Curve;
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
 *
 * Every point is over the same movies, those with ratings of it: movies that really have few ratings are other ones, so that
 * a curve over them would show more than what a further rating adds. Counts that no movie exceeds are left out.
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
  const most = rated.reduce((max, movie) => Math.max(max, countOf(movie)), 0);
  const counts = [...COUNTS.filter((count) => count < most), Number.POSITIVE_INFINITY];
  const group = groupOf(input, predictor.inputs[input]!);
  const groups = groupNames(predictor);
  const shownGroups = subsets(groups).filter((subset) => subset.includes(group));
  const truth = truthOf(rated, target);
  const { metric } = rulesOf(target);
  // As the manifest's other figures, so that all inputs can be compared.
  const images = new Set(rated.flatMap((movie) => Object.keys(movie.images)));
  const comparable = [...rated.keys()].filter((i) =>
    [...images].every((name) => rated[i]!.images[name] !== undefined),
  );
  const points: RatingsCurvePoint[] = [];
  const values = shownGroups.map((): (number | null)[] => []);
  for (const count of counts) {
    const shown = rated.map((movie, i) => withRatings(movie, input, orders[i]!.subarray(0, count)));
    const intervals: (Interval | null)[] = [];
    for (const [s, subset] of shownGroups.entries()) {
      const scores = await scoreMovies(predictor, shown, posters, subset);
      const perMovie = metric.perItem(scores, truth, target.outputs.length);
      const mean = meanOfKnown(Float64Array.from(comparable, (i) => perMovie[i]!));
      values[s]!.push(Number.isNaN(mean) ? null : mean);
      intervals.push(bootstrapMean(perMovie, { seed }) ?? null);
    }
    const of = (size: number) => intervals[shownGroups.findIndex(({ length }) => length === size)]!;
    points.push({
      ratings: Number.isFinite(count) ? count : null,
      movies: rated.filter((movie) => !Number.isFinite(count) || countOf(movie) >= count).length,
      alone: of(1),
      together: of(groups.length),
    });
  }
  return {
    input,
    group,
    points,
    published: {
      input,
      metric: metric.name.toLowerCase(),
      items: comparable.length,
      counts: points.map(({ ratings }) => ratings),
      subsets: shownGroups.map((subset, s) => ({ groups: subset, values: values[s]! })),
    },
  };
}

function drawOrder(size: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: size }, (_, i) => i);
  random.shuffle(order);
  return order;
}
