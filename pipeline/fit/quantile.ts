/** Quantiles of sorted values. */

/**
 * @param sorted Ascending, at least one.
 * @param share 0 to 1.
 * @returns Between two values where the share falls between them.
 */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const value = sorted[below]!;
  const next = sorted[Math.min(sorted.length - 1, below + 1)]!;
  return value + (place - below) * (next - value);
}
