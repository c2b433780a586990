/** Products with rows that have every column: the same bits as of rows that have not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { isDense } from "../../../pipeline/regression/denseRows.ts";
import {
  denseRows,
  multiply,
  multiplyTransposed,
  type SparseRows,
} from "../../../pipeline/regression/sparseRows.ts";

const random = createRandom("dense");
const normals = (length: number) => Float64Array.from({ length }, () => random.normal());

for (const [count, columns] of [
  [1, 1],
  [4, 5],
  [7, 3],
  [13, 40],
] as const) {
  test(`${count} rows of ${columns} columns`, () => {
    const dense = denseRows(normals(count * columns), columns);
    // One more column, which no row has.
    const sparse = { ...dense, columns: columns + 1 };
    assert.deepEqual([dense, sparse].map(isDense), [true, false]);
    const parameters = normals(columns + 1);
    const widened = Float64Array.of(...parameters.subarray(0, columns), 1, parameters[columns]!);
    assert.deepEqual(multiply(dense, parameters), multiply(sparse, widened));

    const residuals = normals(count);
    const sums = multiplyTransposed(dense, residuals, 0.7, parameters);
    const expected = [...multiplyTransposed(sparse, residuals, 0.7, widened)];
    expected.splice(columns, 1);
    assert.deepEqual([...sums], expected);
  });
}

test("rows with columns in another order, or without one, are not dense", () => {
  const dense = denseRows(normals(6), 3);
  const swapped: SparseRows = { ...dense, indices: Uint32Array.of(0, 2, 1, 0, 1, 2) };
  assert.ok(!isDense(swapped));
  const offsets = Uint32Array.of(0, 2, 5);
  const indices = Uint32Array.of(0, 1, 0, 1, 2);
  assert.ok(!isDense({ columns: 3, offsets, indices }));
});
