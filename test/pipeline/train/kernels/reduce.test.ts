/** Sums and means over leading axes on the WASM backend equal, bit for bit, float64 additions in row order. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { startBackend } from "../../../../pipeline/train/backend.ts";

before(async () => {
  await startBackend("wasm");
});

// Columns not divisible by four, more rows than are cached at a time, and more columns than that.
for (const [rows, columns] of [
  [5, 1],
  [3001, 7],
  [700, 24],
  [2, 9001],
] as const) {
  test(`${rows} rows of ${columns} columns`, () => {
    const x = tf.randomNormal([rows, columns], 1, 3, "float32", rows);
    const values = x.dataSync<"float32">();
    const sums = new Float64Array(columns);
    for (const [i, value] of values.entries()) sums[i % columns]! += value;
    assert.deepEqual(tf.sum(x, 0).dataSync(), Float32Array.from(sums));
    assert.deepEqual(
      tf.mean(x, 0).dataSync(),
      Float32Array.from(sums, (sum) => sum / rows),
    );
    x.dispose();
  });
}
