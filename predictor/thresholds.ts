/** Tunes the thresholds from which labels are selected; shapes as in metrics.ts. */

import { accumulate, checkMatrices, columnOf, f1 } from "./metrics.ts";

export interface ThresholdOptions {
  /** Labels with fewer positives than this take the global threshold; default 10. */
  readonly minPositives?: number;
}

/** With fewer positives, the best F1 threshold of a label is mostly noise. */
const MIN_POSITIVES = 10;
/** Where nothing can be tuned: the threshold that minimises the expected errors of a calibrated model. */
const UNTUNED_THRESHOLD = 0.5;

/**
 * The threshold of each label that maximises its F1 on the given items. Of equally good ones the
 * highest is taken (fewest labels given); it lies midway between two scores seen, so that neither
 * side hangs on rounding. Labels with fewer than `minPositives` positives take the threshold that
 * maximises micro F1 over all labels together; with no positive anywhere, 0.5.
 * Tune on items the model was not trained on, never on the test split.
 * @returns [L] thresholds, in the unit of the scores
 * @throws Error where shapes disagree or a score is NaN
 */
export function tuneThresholds(
  scores: Float32Array,
  targets: Uint8Array,
  labels: number,
  options: ThresholdOptions = {},
): number[] {
  checkMatrices(scores, targets, labels);
  const { minPositives = MIN_POSITIVES } = options;
  const global = bestThreshold(scores, targets) ?? UNTUNED_THRESHOLD;
  return Array.from({ length: labels }, (_, label) => {
    const actual = columnOf(targets, label, labels);
    if (countPositives(actual) < minPositives) return global;
    return bestThreshold(columnOf(scores, label, labels), actual) ?? global;
  });
}

/** The F1-maximising threshold of one list of decisions; undefined where nothing is positive. */
export function bestThreshold(scores: Float32Array, actual: Uint8Array): number | undefined {
  const positives = countPositives(actual);
  if (positives === 0) return undefined;
  let best = 0;
  let threshold = 0;
  let isLast = false; // whether the step before is the best so far
  accumulate(scores, actual, (score, taken, hits) => {
    // Two float32 scores always have a double strictly between them; the last step has no next.
    if (isLast) threshold = (threshold + score) / 2;
    const value = f1(hits, taken + positives);
    isLast = value > best;
    if (!isLast) return;
    best = value;
    threshold = score;
  });
  return threshold;
}

function countPositives(actual: Uint8Array): number {
  return actual.reduce((total, value) => total + value, 0);
}
