/** Confidence intervals of means over movies: percentile bootstrap. */

import { createRandom } from "../common/random.ts";

/** A mean over movies and its 95 % interval, in the unit of the values. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly seed: number | string;
  /** Number of resamples; default 1,000, which determines the bounds to about a tenth of the interval's width. */
  readonly resamples?: number;
}

const RESAMPLES = 1000;
/** Probability outside the interval, half of it on each side. */
const ALPHA = 0.05;

/**
 * The mean of per-movie values and its 95 % percentile bootstrap interval (Efron and Tibshirani 1993, section 13.3): each
 * resample draws as many movies as there are, with replacement, and the bounds are the 2.5 % and 97.5 % quantiles of the
 * resampled means. Equal seeds give equal intervals.
 *
 * @param values One per movie; NaN marks a movie without a value, which is ignored.
 * @returns undefined if no movie has a value.
 * @throws RangeError if `resamples` is not a positive integer.
 */
export function bootstrapMean(
  values: ArrayLike<number>,
  options: BootstrapOptions,
): Interval | undefined {
  const { seed, resamples = RESAMPLES } = options;
  if (!Number.isInteger(resamples) || resamples < 1) {
    throw new RangeError(`bootstrap: resamples must be a positive integer, got ${resamples}`);
  }
  const known = Float64Array.from(values).filter((value) => !Number.isNaN(value));
  const count = known.length;
  if (count === 0) return undefined;

  const random = createRandom(seed).fork("bootstrap");
  const means = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    for (let draw = 0; draw < count; draw++) sum += known[random.int(count)]!;
    means[resample] = sum / count;
  }
  means.sort();
  const mean = known.reduce((sum, value) => sum + value, 0) / count;
  return { mean, low: quantile(means, ALPHA / 2), high: quantile(means, 1 - ALPHA / 2) };
}

/** Linear interpolation between order statistics (type 7 of Hyndman and Fan 1996, numpy's default). */
function quantile(sorted: Float64Array, probability: number): number {
  const position = probability * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}
