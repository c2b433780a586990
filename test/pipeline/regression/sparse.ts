/** Dense rows as sparse ones. */

import type { SparseRows } from "../../../pipeline/regression/sparseRows.ts";

export function sparse(dense: readonly (readonly number[])[]): SparseRows {
  const offsets = new Uint32Array(dense.length + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (const [row, cells] of dense.entries()) {
    for (const [column, value] of cells.entries()) {
      if (value === 0) continue;
      indices.push(column);
      values.push(value);
    }
    offsets[row + 1] = indices.length;
  }
  return {
    columns: dense[0]?.length ?? 0,
    offsets,
    indices: Uint32Array.from(indices),
    values: Float64Array.from(values),
  };
}
