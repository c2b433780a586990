/** The running average of the weights. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { createWeightAverage } from "../../../pipeline/train/averaging.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";

before(async () => {
  await startBackend("wasm");
});

const read = (variable: tf.Variable) => variable.dataSync<"float32">()[0]!;

/** The expected average after the weight has had these values in turn. */
function plainAverage(start: number, weights: readonly number[], decay: number): number {
  return weights.reduce((average, weight, i) => {
    const share = Math.min(decay, (2 + i) / (11 + i));
    return share * average + (1 - share) * weight;
  }, start);
}

for (const decay of [0, 0.5, 0.99, 1]) {
  test(`decay ${decay}: the average of 30 updates, visible only inside during()`, async () => {
    const tensors = tf.memory().numTensors;
    const weight = tf.variable(tf.scalar(10), true);
    const average = createWeightAverage([weight], decay);
    const weights = Array.from({ length: 30 }, (_, i) => Math.sin(i));
    for (const value of weights) {
      tf.tidy(() => weight.assign(tf.scalar(value)));
      average.update();
    }
    const expected = plainAverage(10, weights, decay);
    for (let twice = 0; twice < 2; twice++) {
      const seen = await average.during(async () => read(weight));
      assert.ok(Math.abs(seen - expected) < 1e-5, `${seen}, expected ${expected}`);
      assert.ok(Math.abs(read(weight) - weights.at(-1)!) < 1e-6);
    }
    average.dispose();
    weight.dispose();
    assert.equal(tf.memory().numTensors, tensors + 1, "tensors leak"); // 1: the variable's initial scalar
  });
}

test("after an error inside during(), the weights are restored and the error reaches the caller", async () => {
  const weight = tf.variable(tf.scalar(1), true);
  const average = createWeightAverage([weight], 0.9);
  weight.assign(tf.scalar(2));
  await assert.rejects(
    average.during(async () => {
      assert.equal(read(weight), 1);
      throw new Error("stop");
    }),
    /^Error: stop$/,
  );
  assert.equal(read(weight), 2);
  assert.equal(await average.during(async () => read(weight)), 1);
});
