/** L2-regularised logistic regression on sparse rows. */

import { minimise } from "./newton.ts";
import {
  checkRegression,
  type LinearModel,
  multiply,
  multiplyTransposed,
  penalty,
  roundingOf,
  type SparseRows,
} from "./sparseRows.ts";

/**
 * Fits P(y = 1 | x) = sigmoid(w.x + b) by minimising |w|^2 / 2 + C * sum of log losses, with an unpenalised intercept, as
 * scikit-learn's `LogisticRegression(C)` does. The problem is convex, so there is a single minimum.
 *
 * @param targets [rows] 0 or 1. A label that is always or never given gets an infinite intercept, the maximum of its
 *   likelihood.
 * @param c Inverse strength of the regularisation, > 0.
 * @throws Error if shapes disagree or `c` is not positive; NoMinimumError if no minimum is reached.
 */
export function fitLogistic(rows: SparseRows, targets: Uint8Array, c: number): LinearModel {
  const { columns } = rows;
  checkRegression(rows, targets.length, c);
  const positives = targets.reduce((sum, target) => sum + target, 0);
  const odds = positives / (targets.length - positives);
  if (odds === 0 || odds === Number.POSITIVE_INFINITY || targets.length === 0) {
    return { weights: new Float64Array(columns), intercept: Math.log(odds) };
  }
  // The intercept is the last parameter; it starts at the base rate.
  const start = new Float64Array(columns + 1);
  start[columns] = Math.log(odds);
  const parameters = minimise(
    "logistic regression",
    {
      stateAt: (at) => multiply(rows, at),
      valueAt: (at, logits) => penalty(at) + c * logLoss(targets, logits),
      gradientAt(at, logits) {
        const residuals = logits.map((logit, row) => sigmoid(logit) - targets[row]!);
        return multiplyTransposed(rows, residuals, c, at);
      },
      hessianAt(logits) {
        const curvatures = logits.map((logit) => sigmoid(logit) * sigmoid(-logit));
        return (vector) => {
          const weighted = multiply(rows, vector).map((value, row) => value * curvatures[row]!);
          return multiplyTransposed(rows, weighted, c, vector);
        };
      },
    },
    start,
    roundingOf(rows, c),
  );
  return { weights: parameters.subarray(0, columns), intercept: parameters[columns]! };
}

/** The logistic function; exp may overflow to Infinity, which gives 0. */
export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

function logLoss(targets: Uint8Array, logits: Float64Array): number {
  let losses = 0;
  for (let row = 0; row < logits.length; row++) {
    const margin = targets[row] === 1 ? logits[row]! : -logits[row]!;
    // log(1 + exp(-margin)), without overflow for large negative margins.
    losses += Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
  }
  return losses;
}
