/** What a list of measurements comes to. */

/** Nearest rank, of values in any order; NaN of nothing. @param share 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  const ascending = [...values].sort((a, b) => a - b);
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN;
}

/** The middle one; the lower of two. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);
