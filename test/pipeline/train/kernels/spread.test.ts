/** Gradients of sums and means equal those of tfjs's formula, bit for bit. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { startBackend } from "../../../../pipeline/train/backend.ts";

before(async () => {
  await startBackend("wasm");
});

const SHAPE = [5, 3, 7];
/** The first axes, the last one, one in the middle, and all. */
const AXES = [[0, 1], [2], [1], [0, 1, 2]];

for (const [name, reduce] of [
  ["sum", tf.sum],
  ["mean", tf.mean],
] as const) {
  test(`gradient of ${name} over any axes`, () => {
    for (const axes of AXES) {
      const x = tf.randomNormal(SHAPE, 0, 1, "float32", 1);
      const kept = SHAPE.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const weights = tf.randomNormal(kept, 0, 1, "float32", 2);
      const found = tf.grad((input) => tf.sum(tf.mul(weights, reduce(input, axes, true))))(x);
      const count = axes.reduce((product, axis) => product * SHAPE[axis]!, 1);
      const spread = tf.mul(weights, tf.ones(SHAPE));
      const expected = name === "sum" ? spread : tf.div(spread, count);
      assert.deepEqual(found.shape, SHAPE);
      assert.deepEqual(found.dataSync(), expected.dataSync(), `${axes}`);
    }
  });
}
