/** Our gradient of batch normalisation, which replaces tfjs's on every backend, against finite differences. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { startBackend } from "../../../../pipeline/train/backend.ts";

before(async () => {
  await startBackend("wasm");
});

const EPSILON = 1e-3;
const SHAPE = [4, 3, 2, 5];

/** Sum of the normalised values, each times a fixed weight, in double precision. */
function weightedSum(parts: readonly Float64Array[], weights: ArrayLike<number>): number {
  const [x, mean, variance, offset, scale] = parts as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return x.reduce((sum, value, i) => {
    const c = i % 5;
    const normal = (value - mean[c]!) / Math.sqrt(variance[c]! + EPSILON);
    return sum + weights[i]! * (normal * scale[c]! + offset[c]!);
  }, 0);
}

test("gradients with respect to input, mean, variance, offset and scale", () => {
  const channels = (seed: number) => tf.randomNormal([5], 0, 1, "float32", seed);
  const inputs = [
    tf.randomNormal(SHAPE, 1, 2, "float32", 1),
    channels(2),
    tf.add(tf.square(channels(3)), 0.5),
    channels(4),
    channels(5),
  ];
  const weights = tf.randomNormal(SHAPE, 0, 1, "float32", 6);
  const gradients = tf.grads((x, mean, variance, offset, scale) =>
    tf.sum(
      tf.mul(
        weights,
        tf.batchNorm4d(
          x as tf.Tensor4D,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          offset as tf.Tensor1D,
          scale as tf.Tensor1D,
          EPSILON,
        ),
      ),
    ),
  )(inputs);

  const parts = inputs.map((tensor) => Float64Array.from(tensor.dataSync<"float32">()));
  const factors = weights.dataSync<"float32">();
  for (const [k, gradient] of gradients.entries()) {
    assert.deepEqual(gradient.shape, inputs[k]!.shape);
    for (const [i, value] of gradient.dataSync<"float32">().entries()) {
      const moved = (by: number) =>
        weightedSum(
          parts.map((part, p) => (p === k ? part.with(i, part[i]! + by) : part)),
          factors,
        );
      const expected = (moved(1e-5) - moved(-1e-5)) / 2e-5;
      assert.ok(Math.abs(value - expected) < 1e-4 * Math.max(1, Math.abs(expected)), `${k}[${i}]`);
    }
  }
});
