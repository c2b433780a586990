/** AdamW against a plain implementation of the algorithm. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { createRandom } from "../../../pipeline/common/random.ts";
import {
  createAdamW,
  mix,
  mixByOperations,
  stepByOperations,
} from "../../../pipeline/train/adamw.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { adamWStep } from "../../../pipeline/train/kernels/operations.ts";

before(async () => {
  await startBackend("wasm");
});

const values = (variable: tf.Variable) => [...variable.dataSync<"float32">()];

/** Loshchilov and Hutter 2019, algorithm 2, line by line. */
function plainAdamW(start: readonly number[], decay: number) {
  const theta = [...start];
  const m = start.map(() => 0);
  const v = start.map(() => 0);
  let t = 0;
  return (gradient: readonly number[], rate: number): readonly number[] => {
    t++;
    for (const [i, g] of gradient.entries()) {
      m[i] = 0.9 * m[i]! + 0.1 * g;
      v[i] = 0.999 * v[i]! + 0.001 * g * g;
      const unbiasedM = m[i]! / (1 - 0.9 ** t);
      const unbiasedV = v[i]! / (1 - 0.999 ** t);
      theta[i]! -= rate * (unbiasedM / (Math.sqrt(unbiasedV) + 1e-8) + decay * theta[i]!);
    }
    return theta;
  };
}

test("matches the algorithm over twenty steps with a changing learning rate, with and without decay", () => {
  const random = createRandom(1);
  const draw = () => Array.from({ length: 6 }, () => random.normal());
  const [kernel, bias] = [draw(), draw()];
  const before = tf.memory().numTensors;
  const variables = [
    tf.variable(tf.tensor2d(kernel, [2, 3]), true, "adamw_a/kernel"),
    tf.variable(tf.tensor1d(bias), true, "adamw_a/bias"),
  ] as const;
  const optimizer = createAdamW(variables, 0.1, (name) => name.endsWith("/kernel"));
  const plain = [plainAdamW(kernel, 0.1), plainAdamW(bias, 0)] as const;
  for (let step = 0; step < 20; step++) {
    const rate = 0.05 / (1 + step);
    const gradients = [draw(), draw()] as const;
    const tensors = {
      "adamw_a/kernel": tf.tensor2d(gradients[0], [2, 3]),
      "adamw_a/bias": tf.tensor1d(gradients[1]),
    };
    optimizer.step(tensors, rate);
    for (const [i, variable] of variables.entries()) {
      const expected = plain[i]!(gradients[i]!, rate);
      for (const [k, value] of values(variable).entries()) {
        assert.ok(Math.abs(value - expected[k]!) < 1e-5, `step ${step}, ${variable.name}[${k}]`);
      }
    }
    // The gradients still belong to the caller.
    for (const tensor of Object.values(tensors)) tensor.dispose();
  }
  optimizer.dispose();
  for (const variable of variables) variable.dispose();
  // The two tensors that the variables were created from.
  assert.equal(tf.memory().numTensors, before + 2, "tensors leak");
});

test("variables without a gradient do not change, not even by decay", () => {
  const variable = tf.variable(tf.tensor1d([1, 2]), true, "adamw_b/kernel");
  const optimizer = createAdamW([variable], 0.5, () => true);
  optimizer.step({}, 0.1);
  assert.deepEqual(values(variable), [1, 2]);
  optimizer.dispose();
  variable.dispose();
});

test("mix computes a weighted mean of two tensors", () => {
  const mixed = mix(tf.tensor1d([1, 2]), tf.tensor1d([5, 10]), 0.75);
  assert.deepEqual([...mixed.dataSync()], [2, 4]);
});

// Counts that vectors of four floats do not divide.
for (const count of [1, 7, 130]) {
  test(`the kernels of a step and of means have the operations' bits, ${count} numbers`, () => {
    const draw = (seed: number) => tf.randomNormal([count], 0, 1, "float32", seed);
    const variance = tf.square(draw(4));
    const inputs = { weight: draw(1), gradient: draw(2), mean: draw(3), variance };
    for (const keep of [1, 0.9985]) {
      const attrs = {
        ...{ beta1: 0.9, beta2: 0.999, unbias2: 1 - 0.999 ** 3, epsilon: 1e-8 },
        ...{ rate: 0.003 / (1 - 0.9 ** 3), keep },
      };
      const found = adamWStep(inputs, attrs).map((tensor) => tensor.dataSync());
      const expected = stepByOperations(inputs, attrs).map((tensor) => tensor.dataSync());
      assert.deepEqual(found, expected);
    }
    const [a, b] = [draw(5), draw(6)];
    assert.deepEqual(mix(a, b, 0.37).dataSync(), mixByOperations(a, b, 0.37).dataSync());
  });
}
