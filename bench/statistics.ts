/** Quantiles of measurements. */

/**
 * Nearest-rank quantile of values in any order; NaN without values.
 *
 * @param share 0 to 1
 */
export function quantile(values: readonly number[], share: number): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN;
}

/** The middle value, or the lower of two; NaN without values. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);
