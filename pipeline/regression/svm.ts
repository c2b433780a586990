/** Linear support vector machines on sparse rows. */

import { minimise } from "./newton.ts";
import {
  addRow,
  checkRegression,
  dot,
  type LinearModel,
  multiply,
  multiplyRow,
  roundingOf,
  type SparseRows,
} from "./sparseRows.ts";

/**
 * Fits margins w.x + b by minimising (|w|^2 + b^2) / 2 + C * sum of squared hinge losses max(0, 1 - y (w.x + b))^2 with y 1 or
 * -1, as scikit-learn's `LinearSVC(C)` does (liblinear, Fan et al. 2008): the intercept is the weight of a feature that is 1
 * everywhere. The problem is convex, and only rows inside the margin have a part in its steps.
 *
 * @param targets [rows] 0 or 1. A label that is always or never given gets an infinite intercept, as in `fitLogistic`.
 * @param c Inverse strength of the regularisation, > 0.
 * @throws Error if shapes disagree or `c` is not positive; NoMinimumError if no minimum is reached.
 */
export function fitSvm(rows: SparseRows, targets: Uint8Array, c: number): LinearModel {
  const { columns } = rows;
  checkRegression(rows, targets.length, c);
  const positives = targets.reduce((sum, target) => sum + target, 0);
  if (positives === 0 || positives === targets.length) {
    const intercept = Math.log(positives / (targets.length - positives));
    return { weights: new Float64Array(columns), intercept };
  }
  // A squared hinge loss has up to twice the slope of a log loss.
  const smallest = 2 * roundingOf(rows, c);
  const parameters = minimise(
    "support vector machine",
    {
      stateAt: (at) => slacksOf(multiply(rows, at), targets),
      valueAt: (at, slacks) => dot(at, at) / 2 + c * dot(slacks, slacks),
      gradientAt: (at, slacks) =>
        addRows(at, rows, activeRows(slacks), (row) => -2 * c * slacks[row]!),
      hessianAt(slacks) {
        const active = activeRows(slacks);
        return (vector) =>
          addRows(vector, rows, active, (row) => 2 * c * multiplyRow(rows, row, vector));
      },
    },
    new Float64Array(columns + 1),
    smallest,
  );
  return { weights: parameters.subarray(0, columns), intercept: parameters[columns]! };
}

/** y max(0, 1 - y margin) of every row: how far it is inside the margin, with the sign of its target [rows]. */
function slacksOf(margins: Float64Array, targets: Uint8Array): Float64Array {
  return margins.map((margin, row) =>
    targets[row] === 1 ? Math.max(0, 1 - margin) : -Math.max(0, 1 + margin),
  );
}

function activeRows(slacks: Float64Array): number[] {
  const active: number[] = [];
  for (let row = 0; row < slacks.length; row++) if (slacks[row] !== 0) active.push(row);
  return active;
}

/** start + sum of factor_r x_r over some rows, with 1 in x for the intercept [columns + 1]. */
function addRows(
  start: Float64Array,
  rows: SparseRows,
  some: readonly number[],
  factorOf: (row: number) => number,
): Float64Array {
  const sums = start.slice();
  for (const row of some) addRow(sums, rows, row, factorOf(row));
  return sums;
}
