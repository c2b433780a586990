/** Batches limited by their memory, and not only by their number of items. */

/**
 * Most ratings of a batch, padding included. The graph looks up a vector per rating: 128 numbers each, 67 MB in all, some of it
 * twice. Thirty-two items with 4,096 ratings each fit, MovieLens 1M's most rated movies among them.
 */
export const MAX_BATCH_RATINGS = 1 << 17;

/**
 * Cuts items into batches, in order. An item's ratings are padded to the most of its batch, so items should be sorted by
 * their number where order does not matter.
 *
 * @param lengthOf Number of ratings; see `itemLength`.
 * @param maxItems Most items of a batch.
 * @returns At least one item each, a single one with however many ratings it has.
 */
export function batchesBySize<T>(
  items: readonly T[],
  lengthOf: (item: T) => number,
  maxItems = Number.POSITIVE_INFINITY,
): T[][] {
  const batches: T[][] = [];
  let batch: T[] = [];
  let most = 0;
  for (const item of items) {
    const length = lengthOf(item);
    const padded = (batch.length + 1) * Math.max(most, length);
    if (batch.length > 0 && (batch.length >= maxItems || padded > MAX_BATCH_RATINGS)) {
      batches.push(batch);
      batch = [];
      most = 0;
    }
    batch.push(item);
    most = Math.max(most, length);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
