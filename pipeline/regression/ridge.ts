/** Ridge regression on sparse rows. */

import { minimise } from "./newton.ts";
import {
  checkRegression,
  dot,
  type LinearModel,
  multiply,
  multiplyTransposed,
  penalty,
  ROUNDING,
  type SparseRows,
} from "./sparseRows.ts";

/**
 * Fits y = w.x + b by minimising |w|^2 / 2 + C * sum of squared errors / 2, with an unpenalised intercept.
 *
 * @param targets [rows]
 * @param c Inverse strength of the regularisation, > 0: of the same unit as in logistic regression.
 * @throws Error if shapes disagree or `c` is not positive; NoMinimumError if no minimum is reached.
 */
export function fitRidge(rows: SparseRows, targets: ArrayLike<number>, c: number): LinearModel {
  const { columns } = rows;
  checkRegression(rows, targets.length, c);
  const values = Float64Array.from(targets);
  // The intercept is the last parameter; it starts at the mean.
  const start = new Float64Array(columns + 1);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 0) return { weights: start.subarray(0, columns), intercept: 0 };
  start[columns] = mean;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  const smallest = ROUNDING * c * spread * Math.sqrt(values.length + dot(rows.values, rows.values));
  const parameters = minimise(
    "ridge regression",
    {
      stateAt: (at) => multiply(rows, at).map((value, row) => value - values[row]!),
      valueAt: (at, errors) => penalty(at) + (c * dot(errors, errors)) / 2,
      gradientAt: (at, errors) => multiplyTransposed(rows, errors, c, at),
      hessianAt: () => (vector) => multiplyTransposed(rows, multiply(rows, vector), c, vector),
    },
    start,
    smallest,
  );
  return { weights: parameters.subarray(0, columns), intercept: parameters[columns]! };
}
