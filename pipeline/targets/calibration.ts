/** Whether probabilities are what they say: expected calibration error (Guo et al. 2017), and the bins of a reliability plot. */

import type { Calibration, CalibrationBin } from "./targetRules.ts";

/** Number of bins, of equal width. */
const BINS = 10;

/**
 * @param pairs Every answer's probability, and whether it is right.
 * @returns null without answers.
 */
export function calibrate(
  pairs: Iterable<readonly [probability: number, right: boolean]>,
): Calibration | null {
  const counts = new Float64Array(BINS);
  const sums = new Float64Array(BINS);
  const hits = new Float64Array(BINS);
  let total = 0;
  for (const [probability, right] of pairs) {
    const bin = Math.min(BINS - 1, Math.floor(probability * BINS));
    counts[bin]!++;
    sums[bin]! += probability;
    if (right) hits[bin]!++;
    total++;
  }
  if (total === 0) return null;
  const bins: CalibrationBin[] = [];
  for (const [bin, count] of counts.entries()) {
    if (count === 0) continue;
    bins.push({ count, confidence: sums[bin]! / count, accuracy: hits[bin]! / count });
  }
  const ece = bins.reduce(
    (sum, { count, confidence, accuracy }) =>
      sum + (count / total) * Math.abs(confidence - accuracy),
    0,
  );
  return { ece, bins };
}
