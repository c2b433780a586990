/** Batches limited by their memory, and not only by their number of movies. */

import type { MovieFeatures } from "./features.ts";

/**
 * Most ratings of a batch, padding included. The graph looks up a vector per rating: 128 numbers each, 67 MB in all, some of it
 * twice. Thirty-two movies with 4,096 ratings each fit, MovieLens 1M's most rated ones among them.
 */
export const MAX_BATCH_RATINGS = 1 << 17;

/**
 * Cuts movies into batches, in order. A movie's ratings are padded to the most of its batch, so movies should be sorted by
 * their number where order does not matter.
 *
 * @param maxMovies Most movies of a batch.
 * @returns At least one movie each, a single one with however many ratings it has.
 */
export function batchesBySize<T>(
  movies: readonly T[],
  featuresOf: (movie: T) => Pick<MovieFeatures, "ratingUsers">,
  maxMovies = Number.POSITIVE_INFINITY,
): T[][] {
  const batches: T[][] = [];
  let batch: T[] = [];
  let most = 0;
  for (const movie of movies) {
    const ratings = featuresOf(movie).ratingUsers.length;
    const padded = (batch.length + 1) * Math.max(most, ratings);
    if (batch.length > 0 && (batch.length >= maxMovies || padded > MAX_BATCH_RATINGS)) {
      batches.push(batch);
      batch = [];
      most = 0;
    }
    batch.push(movie);
    most = Math.max(most, ratings);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
