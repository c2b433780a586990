/** Tunes the thresholds from which labels are selected; shapes as in metrics.ts. */

import { checkMatrices, column, cumulate, f1 } from "./metrics.ts";

export interface ThresholdOptions {
  /** Labels with fewer positives than this take the global threshold; default 10. */
  readonly minPositives?: number;
}

/** With fewer positives, the best F1 threshold of a label is mostly noise. */
const MIN_POSITIVES = 10;
/** Where nothing can be tuned: the threshold that minimises the expected errors of a calibrated model. */
const UNTUNED_THRESHOLD = 0.5;

/**
 * The threshold of each label that maximises its F1 on the given movies. Of equally good ones the
 * highest is taken (fewest labels given); it lies midway between two scores seen, so that neither
 * side hangs on rounding. Labels with fewer than `minPositives` positives take the threshold that
 * maximises micro F1 over all labels together; with no positive anywhere, 0.5.
 * Tune on movies the model was not trained on, never on the test split.
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
    const actual = column(targets, label, labels);
    const positives = actual.reduce((total, value) => total + value, 0);
    if (positives < minPositives) return global;
    return bestThreshold(column(scores, label, labels), actual) ?? global;
  });
}

/** The F1-maximising threshold of one list of decisions; undefined where nothing is positive. */
function bestThreshold(scores: ArrayLike<number>, actual: ArrayLike<number>): number | undefined {
  const steps = cumulate(scores, actual);
  const positives = steps.at(-1)?.hits ?? 0;
  if (positives === 0) return undefined;
  let best = 0;
  let threshold = 0;
  for (const [index, { score, taken, hits }] of steps.entries()) {
    const value = f1(hits, taken + positives);
    if (value <= best) continue;
    best = value;
    // Two float32 scores always have a double strictly between them; the last step has no next.
    threshold = (score + (steps[index + 1]?.score ?? score)) / 2;
  }
  return threshold;
}
