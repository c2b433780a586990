/** Rows rounded to an 8-bit grid: close to the original, and stable. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { snapColumns, snapRows } from "../../../pipeline/fit/grid.ts";

for (const bits of [8, 4])
  test(`rounding to ${bits} bits moves every value by at most half a step of its row, and is idempotent`, () => {
    const random = createRandom(3);
    const columns = 7;
    const table = Float32Array.from(
      { length: 50 * columns },
      (_, i) => random.normal() * 10 ** ((Math.floor(i / columns) % 9) - 4),
    );
    table.fill(0, columns, 2 * columns);
    const before = table.slice();
    snapRows(table, columns, bits);
    const once = table.slice();
    for (let row = 0; row < 50; row++) {
      const was = before.subarray(row * columns, (row + 1) * columns);
      const is = table.subarray(row * columns, (row + 1) * columns);
      const largest = Math.max(...is.map(Math.abs));
      const step = largest / (2 ** (bits - 1) - 1);
      for (const [i, value] of is.entries()) {
        assert.ok(Math.abs(value - was[i]!) <= step * 0.5001, `${was[i]} became ${value}`);
        const codes = step === 0 ? 0 : value / step;
        assert.ok(Math.abs(codes - Math.round(codes)) < 1e-9, `${value} is ${codes} steps`);
      }
    }
    snapRows(table, columns, bits);
    assert.deepEqual(table, once);
  });

test("columns are rounded as the rows of the transposed table are", () => {
  const random = createRandom(5);
  const [rows, columns] = [9, 4];
  const table = Float32Array.from({ length: rows * columns }, () => random.normal());
  const transposed = (from: Float32Array, width: number) =>
    Float32Array.from(
      from,
      (_, i) => from[(i % (from.length / width)) * width + Math.floor(i / (from.length / width))]!,
    );
  const expected = transposed(table, columns);
  snapRows(expected, rows, 6);
  snapColumns(table, columns, 6);
  assert.deepEqual(transposed(table, columns), expected);
});
