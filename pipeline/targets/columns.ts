/** Columns of row-major matrices. */

import type { Targets } from "./targetRules.ts";

/** One output's values of all rows, from a matrix [rows, width]. */
export function columnOf<T extends Targets>(matrix: T, column: number, width: number): T {
  const values = matrix.slice(0, matrix.length / width) as T;
  for (let row = 0; row < values.length; row++) values[row] = matrix[row * width + column]!;
  return values;
}
