/** Rows on an 8-bit grid: near what they were, and stable. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { snapRows } from "../../../pipeline/fit/grid.ts";

test("every value moves by half a step of its row at most, and a second time not at all", () => {
  const random = createRandom(3);
  const columns = 7;
  const table = Float32Array.from(
    { length: 50 * columns },
    (_, i) => random.normal() * 10 ** ((Math.floor(i / columns) % 9) - 4),
  );
  table.fill(0, columns, 2 * columns);
  const before = table.slice();
  snapRows(table, columns);
  const once = table.slice();
  for (let row = 0; row < 50; row++) {
    const was = before.subarray(row * columns, (row + 1) * columns);
    const is = table.subarray(row * columns, (row + 1) * columns);
    const largest = Math.max(...is.map(Math.abs));
    const step = largest / 127;
    for (const [i, value] of is.entries()) {
      assert.ok(Math.abs(value - was[i]!) <= step * 0.5001, `${was[i]} became ${value}`);
      const codes = step === 0 ? 0 : value / step;
      assert.ok(Math.abs(codes - Math.round(codes)) < 1e-9, `${value} is ${codes} steps`);
    }
  }
  snapRows(table, columns);
  assert.deepEqual(table, once);
});
