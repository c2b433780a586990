/** How the answer gets better with every rating that a movie has. */

import { perMovieAveragePrecision } from "../../predictor/metrics.ts";
import { INPUT_NAMES, type InputName, type Predictor } from "../../predictor/predictor.ts";
import { createRandom, type Random } from "../common/random.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { type EncodedMovie, targetsOf } from "../fit/prepare.ts";
import { bootstrapMean, type Interval } from "./bootstrap.ts";
import { scoreMovies } from "./subsets.ts";

/** Ratings shown of each movie; Infinity for all it has. */
const COUNTS = [0, 1, 2, 5, 10, 20, 50, Number.POSITIVE_INFINITY];

export interface RatingsCurvePoint {
  /** Ratings shown of each movie, fewer where it has fewer; null for all. */
  readonly ratings: number | null;
  /** Movies that have so many; of all, those that have any. */
  readonly movies: number;
  /** mAP@5 over the movies that have any rating, from the ratings alone; null where none has a label. */
  readonly alone: Interval | null;
  /** The same with title and poster beside them. */
  readonly together: Interval | null;
}

/**
 * Scores the graph on growing parts of each movie's ratings, drawn at random: a smaller part is part of every larger one.
 * Every point is over the same movies, those with a rating.
 *
 * @param seed Of the draw and of the intervals.
 */
export async function scoreRatingsCurve(
  predictor: Predictor,
  movies: readonly EncodedMovie[],
  posters: PosterStore,
  seed: number,
): Promise<RatingsCurvePoint[]> {
  const rated = movies.filter(({ features }) => features.ratingUsers.length > 0);
  if (rated.length === 0) return [];
  const random = createRandom(seed).fork("ratings curve");
  const orders = rated.map(({ features }) => drawOrder(features.ratingUsers.length, random));
  const targets = targetsOf(rated);
  const points: RatingsCurvePoint[] = [];
  for (const count of COUNTS) {
    const shown = rated.map((movie, i) => withRatings(movie, orders[i]!.subarray(0, count)));
    const score = async (inputs: readonly InputName[]) => {
      const scores = await scoreMovies(predictor, shown, posters, inputs);
      const labels = scores.length / shown.length;
      const values = perMovieAveragePrecision(scores, targets, labels, 5);
      return bootstrapMean(values, { seed }) ?? null;
    };
    points.push({
      ratings: Number.isFinite(count) ? count : null,
      movies: rated.filter(
        ({ features }) => !Number.isFinite(count) || features.ratingUsers.length >= count,
      ).length,
      alone: await score(["ratings"]),
      together: await score(INPUT_NAMES),
    });
  }
  return points;
}

function drawOrder(size: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: size }, (_, i) => i);
  random.shuffle(order);
  return order;
}

function withRatings(movie: EncodedMovie, places: Uint32Array): EncodedMovie {
  const { ratingUsers, ratingStars } = movie.features;
  return {
    ...movie,
    features: {
      ...movie.features,
      ratingUsers: Int32Array.from(places, (i) => ratingUsers[i]!),
      ratingStars: Float32Array.from(places, (i) => ratingStars[i]!),
    },
  };
}
