/** Finds star values that cannot be ratings, e.g. timestamps in the wrong column, which would distort the scale. */

/** Largest plausible distance from the median, in interquartile ranges; usual rating scales end within three. */
const MAX_DISTANCE = 10;
/** Smallest interquartile range to assume, in stars, for data sets whose users mostly give the same stars. */
const MIN_SPREAD = 1;

export interface StarRange {
  readonly min: number;
  readonly max: number;
}

/**
 * The range of plausible stars, from median and interquartile range, which a few wrong lines do not change.
 *
 * @param counts Number of ratings by star value.
 * @returns An infinite range if there are no ratings.
 */
export function plausibleStars(counts: ReadonlyMap<number, number>): StarRange {
  const values = [...counts].sort(([a], [b]) => a - b);
  const total = values.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
  const quantile = (share: number) => {
    let below = 0;
    for (const [value, count] of values) {
      below += count;
      if (below >= share * total) return value;
    }
    return values.at(-1)![0];
  };
  const [low, median, high] = [quantile(0.25), quantile(0.5), quantile(0.75)];
  const reach = MAX_DISTANCE * Math.max(MIN_SPREAD, high - low);
  return { min: median - reach, max: median + reach };
}
