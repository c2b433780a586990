/** The profile of a bundle: what held-out movies and the exported graph's predictions of them are like. */

import { createPredictor, type PredictorSpec } from "../../predictor/predictor.ts";
import {
  createObserver,
  type Observation,
  type Profile,
  profileOf,
} from "../../predictor/profile.ts";
import type { RunGraph } from "../../predictor/tensor.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { type EncodedMovie, moviesPerBatch, ratingCount, withPoster } from "../fit/prepare.ts";

/** Most movies per run of the graph; affects only memory. */
const BATCH = 32;

/**
 * @param spec With the thresholds that the bundle is to have.
 * @param movies Not of the training split, whose predictions are surer than those of any others.
 * @param run Runs the exported graph.
 * @returns Undefined without movies.
 */
export async function profileMovies(
  spec: PredictorSpec,
  movies: readonly EncodedMovie[],
  posters: PosterStore,
  run: RunGraph,
): Promise<Profile | undefined> {
  const predictor = createPredictor(spec, run);
  const observe = createObserver(spec);
  const observations: Observation[] = [];
  // Movies with similar numbers of ratings share a batch, so that little of it is padding.
  const order = movies.toSorted((a, b) => ratingCount(a) - ratingCount(b));
  const size = moviesPerBatch(movies, BATCH);
  for (let start = 0; start < order.length; start += size) {
    const batch = order.slice(start, start + size).map((movie) => withPoster(movie, posters));
    const predictions = await predictor.predictEncoded(batch);
    observations.push(...predictions.map((prediction, i) => observe(batch[i]!, prediction)));
  }
  return profileOf(observations, spec);
}
