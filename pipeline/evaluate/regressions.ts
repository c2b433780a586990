/** Regressions that a model is compared with. */

import { fitLogistic } from "../regression/logistic.ts";
import { NoMinimumError } from "../regression/newton.ts";
import type { LinearModel, SparseRows } from "../regression/sparseRows.ts";

/**
 * One logistic regression per label.
 *
 * @param targetsOf Targets of a label, 0 or 1 [rows].
 * @returns undefined where no minimum is reached: a comparison must not end a run after its training.
 */
export function fitLabels(
  rows: SparseRows,
  labels: number,
  targetsOf: (label: number) => Uint8Array,
  c: number,
): LinearModel[] | undefined {
  try {
    return Array.from({ length: labels }, (_, label) => fitLogistic(rows, targetsOf(label), c));
  } catch (error) {
    if (error instanceof NoMinimumError) return undefined;
    throw error;
  }
}
