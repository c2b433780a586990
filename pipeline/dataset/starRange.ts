/** Which star values of a data set cannot be ratings: a timestamp in the wrong column would widen the scale to a billion. */

/** A value further from the median than so many interquartile ranges is no rating; scales of stars end within three. */
const MAX_DISTANCE = 10;
/** Least interquartile range: where most users give the same stars, another star is not far. */
const MIN_SPREAD = 1;

export interface StarRange {
  readonly min: number;
  readonly max: number;
}

/**
 * The range within which stars are plausible, by median and interquartile range: both stay where they are whatever a few
 * wrong lines say.
 *
 * @param counts Number of ratings by star value.
 * @returns Everything where there are no ratings.
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
