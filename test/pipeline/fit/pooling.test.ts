/** Pooled user vectors: the kernel's sums are those of a plain loop, to the bit. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { DAMPING, poolUserVectors } from "../../../pipeline/fit/pooling.ts";
import { SUM_ROWS_KERNEL } from "../../../pipeline/fit/sumRowsKernel.ts";
import { checkCompiled } from "../../compiledKernel.ts";

test("sumRowsKernel.ts is sumRowsKernel.wat, compiled", () =>
  checkCompiled({
    source: new URL("../../../pipeline/fit/sumRowsKernel.wat", import.meta.url),
    name: "SUM_ROWS_KERNEL",
    module: SUM_ROWS_KERNEL,
    test: "test/pipeline/fit/pooling.test.ts",
  }));

test("vectors are summed in order, rounded after each, and divided by the root of their number plus the damping", () => {
  const table = Float32Array.of(0, 0, 9, 9, 1, 2, 3, 4, 5, 6);
  const out = new Float32Array(6).fill(-1);
  poolUserVectors([2, 4, 2], { table, dimensions: 2 }, out, 2);
  const scale = 1 / (Math.sqrt(3) + DAMPING);
  assert.deepEqual(out, Float32Array.of(-1, -1, 7 * scale, 10 * scale, -1, -1));
  const none = Float32Array.of(7, 7);
  poolUserVectors([], { table, dimensions: 2 }, none);
  assert.deepEqual([...none], [0, 0]);
});

for (const dimensions of [1, 4, 13, 128]) {
  test(`${dimensions} dimensions of 10,000 rows, which the kernel is given in parts`, () => {
    const random = createRandom(3).fork(`${dimensions}`);
    const users = 50;
    const table = Float32Array.from({ length: users * dimensions }, () => random.next() - 0.5);
    const rows = Uint32Array.from({ length: 10_000 }, () => random.int(users));
    const sums = new Float32Array(dimensions);
    for (const row of rows) {
      for (let k = 0; k < dimensions; k++) sums[k]! += table[row * dimensions + k]!;
    }
    const out = new Float32Array(dimensions);
    poolUserVectors(rows, { table, dimensions }, out);
    const scale = 1 / (Math.sqrt(rows.length) + DAMPING);
    assert.deepEqual(
      out,
      sums.map((sum) => sum * scale),
    );
  });
}
