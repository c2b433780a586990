/** Projects word vectors to the few dimensions that distinguish labels. */

import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { denseRows } from "../regression/sparseRows.ts";
import { joinTargets } from "../targets/rows.ts";
import type { DeclaredTarget, Targets } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { MIN_VARIANCE } from "./minVariance.ts";

/** C of the regression; chosen on folds of MovieLens-1M. */
const INVERSE_REGULARISATION = 0.3;
/** Standard deviation that the regression's inputs are scaled to; chosen on folds of MovieLens-1M. */
const STD = 0.1;

/**
 * Predicts each output from a title's mean word vector by the target's regression, and maps every word to its contribution:
 * v -> v . w_label. The model's own regression then starts from these L numbers instead of all D. That costs no accuracy
 * (mAP@5 from titles alone on folds of MovieLens-1M: 0.604, against 0.602), and leaves room for many more words.
 *
 * More labels than D lie in a space of D dimensions: then a word's D coordinates in that space are returned instead, with
 * the same lengths and angles, so that neither time nor memory grows with more than the number of labels.
 *
 * @param table [rows, D]
 * @param titles Rows of each title's words; may be empty.
 * @param supervision What towers learn of each title [L].
 * @returns [rows, min(L, D)]
 */
export function projectToLabels(
  table: Float32Array,
  dimensions: number,
  titles: readonly (readonly number[])[],
  { target, targets }: { readonly target: DeclaredTarget; readonly targets: readonly Targets[] },
): Float32Array {
  const D = dimensions;
  const L = targets[0]!.length;
  const means = meansOf(table, D, titles);
  const scales = Float64Array.from({ length: D }, (_, k) => {
    const values = titles.map((_, i) => means[i * D + k]!);
    const centre = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / values.length;
    for (let i = 0; i < titles.length; i++) means[i * D + k]! -= centre;
    return variance > MIN_VARIANCE ? STD / Math.sqrt(variance) : 0;
  });
  const rows = denseRows(
    means.map((value, i) => value * scales[i % D]!),
    D,
  );

  const all = joinTargets(targets);
  const regressions = rulesOf(target).regress(rows, all, L, INVERSE_REGULARISATION);
  const ofLabels = Array.from(regressions, ({ weights }) => weights);
  const maps = L > D ? equivalentMaps(ofLabels, D) : ofLabels;
  const projected = new Float32Array((table.length / D) * maps.length);
  for (const [column, weights] of maps.entries()) {
    for (let row = 0; row < table.length / D; row++) {
      let sum = 0;
      for (let k = 0; k < D; k++) sum += table[row * D + k]! * weights[k]! * scales[k]!;
      projected[row * maps.length + column] = sum;
    }
  }
  return projected;
}

/**
 * D vectors m to use in place of more vectors w, each [D]: the products of any two points x and y stay the same, the sum of
 * (x . m) (y . m) being that of (x . w) (y . w).
 */
function equivalentMaps(weights: readonly Float64Array[], D: number): Float64Array[] {
  const products = Matrix.zeros(D, D);
  for (let i = 0; i < D; i++) {
    for (let j = 0; j <= i; j++) {
      const sum = weights.reduce((total, w) => total + w[i]! * w[j]!, 0);
      products.set(i, j, sum);
      products.set(j, i, sum);
    }
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(products, {
    assumeSymmetric: true,
  });
  return realEigenvalues.map((value, axis) => {
    const length = Math.sqrt(Math.max(0, value)); // rounding makes zeros negative
    return Float64Array.from({ length: D }, (_, k) => length * eigenvectorMatrix.get(k, axis));
  });
}

/**
 * Rotates rows to their principal axes and keeps the first ones. Labels that words distinguish in the same way share an
 * axis: on folds of MovieLens-1M, keeping 6 of 18 costs 0.001 mAP@5 from titles alone.
 *
 * @param table [rows, D]
 * @param kept Number of axes kept, at most D.
 * @returns [rows, kept], not centred, so that rows of zeros stay zero.
 */
export function toPrincipalAxes(
  table: Float32Array,
  dimensions: number,
  kept: number,
): Float32Array {
  const D = dimensions;
  const rows = table.length / D;
  const centre = Float64Array.from({ length: D }, (_, k) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += table[row * D + k]!;
    return sum / rows;
  });
  const covariance = Matrix.zeros(D, D);
  for (let i = 0; i < D; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) {
        sum += (table[row * D + i]! - centre[i]!) * (table[row * D + j]! - centre[j]!);
      }
      covariance.set(i, j, sum / rows);
      covariance.set(j, i, sum / rows);
    }
  }
  // Columns in ascending order of the eigenvalues.
  const axes = new EigenvalueDecomposition(covariance, { assumeSymmetric: true }).eigenvectorMatrix;
  const rotated = new Float32Array(rows * kept);
  for (let row = 0; row < rows; row++) {
    for (let axis = 0; axis < kept; axis++) {
      let sum = 0;
      for (let k = 0; k < D; k++) sum += table[row * D + k]! * axes.get(k, D - 1 - axis);
      rotated[row * kept + axis] = sum;
    }
  }
  return rotated;
}

/** Mean of each title's rows, zeros for titles without rows [titles, D]. */
function meansOf(
  table: Float32Array,
  D: number,
  titles: readonly (readonly number[])[],
): Float64Array {
  const means = new Float64Array(titles.length * D);
  for (const [i, rows] of titles.entries()) {
    for (const row of rows) {
      for (let k = 0; k < D; k++) means[i * D + k]! += table[row * D + k]! / rows.length;
    }
  }
  return means;
}
