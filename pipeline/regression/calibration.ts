/** Makes logits of margins: Platt scaling, with one scale and one offset for all labels. */

import { fitLogistic } from "./logistic.ts";
import { type LinearModel, predictLinear, type SparseRows, someRows } from "./sparseRows.ts";

/** logit = scale * margin + offset */
export interface Calibration {
  readonly scale: number;
  readonly offset: number;
}

/** How a margin's model is fitted. */
type Fit = (rows: SparseRows, targets: Uint8Array) => LinearModel;

/**
 * Fits a model per label, and what makes logits of their margins (Platt 1999): a logistic regression on margins of rows that
 * the model was not fitted to, those of all labels together. Margins of a label with too few rows to learn from would not
 * suffice for numbers of its own.
 *
 * @param labels Targets of each label [rows] 0 or 1.
 * @param folds Part of each row, 0 to `parts` - 1; models for the margins are fitted to all parts but one.
 * @returns After the models of all labels in order, which are yielded before they are calibrated.
 */
export function* fitCalibrated(
  fit: Fit,
  rows: SparseRows,
  labels: Iterable<Uint8Array>,
  folds: Uint8Array,
): Generator<LinearModel, Calibration> {
  const parts = Array.from({ length: Math.max(-1, ...folds) + 1 }, (_, part) => {
    const held = rowsWhere(folds, (fold) => fold === part);
    const others = rowsWhere(folds, (fold) => fold !== part);
    return { held, others, heldRows: someRows(rows, held), otherRows: someRows(rows, others) };
  });
  const margins: number[] = [];
  const truth: number[] = [];
  for (const targets of labels) {
    for (const { held, others, heldRows, otherRows } of parts) {
      const model = fit(
        otherRows,
        Uint8Array.from(others, (row) => targets[row]!),
      );
      if (!Number.isFinite(model.intercept)) continue;
      for (const margin of predictLinear(heldRows, model)) margins.push(margin);
      for (const row of held) truth.push(targets[row]!);
    }
    yield fit(rows, targets);
  }
  return calibrate(margins, truth);
}

/** The logistic regression of one feature, the margin; margins stay what they are where there is nothing to learn from. */
function calibrate(margins: readonly number[], truth: readonly number[]): Calibration {
  const rows = {
    columns: 1,
    offsets: Uint32Array.from({ length: margins.length + 1 }, (_, i) => i),
    indices: new Uint32Array(margins.length),
    values: Float64Array.from(margins),
  };
  const { weights, intercept } = fitLogistic(rows, Uint8Array.from(truth), 1);
  return Number.isFinite(intercept)
    ? { scale: weights[0]!, offset: intercept }
    : { scale: 1, offset: 0 };
}

function rowsWhere(folds: Uint8Array, isPart: (fold: number) => boolean): Uint32Array {
  return Uint32Array.from(folds.keys()).filter((row) => isPart(folds[row]!));
}

/** The model whose values are logits. */
export function calibrated(
  { weights, intercept }: LinearModel,
  { scale, offset }: Calibration,
): LinearModel {
  return {
    weights: weights.map((weight) => scale * weight),
    intercept: Number.isFinite(intercept) ? scale * intercept + offset : intercept,
  };
}
