/** Gradients on the WASM backend with our kernels, against tfjs's cpu backend. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { startBackend } from "../../../../pipeline/train/backend.ts";

before(async () => {
  await startBackend("wasm");
});

/** Largest difference between two lists of arrays, relative to the largest value of the second. */
function difference(actual: Float32Array[], expected: Float32Array[]): number {
  assert.equal(actual.length, expected.length);
  let largest = 0;
  let scale = 1e-6;
  for (const [i, values] of expected.entries()) {
    assert.equal(actual[i]!.length, values.length);
    for (const [j, value] of values.entries()) {
      largest = Math.max(largest, Math.abs(actual[i]![j]! - value));
      scale = Math.max(scale, Math.abs(value));
    }
  }
  return largest / scale;
}

/** Computes `f` on both backends and compares the results. */
async function agree(f: () => tf.Tensor[], tolerance = 2e-5): Promise<void> {
  const results: Float32Array[][] = [];
  for (const backend of ["wasm", "cpu"]) {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    const tensors = f();
    results.push(tensors.map((tensor) => tensor.dataSync<"float32">().slice()));
    for (const tensor of tensors) tensor.dispose();
    assert.equal(tf.memory().numTensors, before, `${backend} leaks tensors`);
  }
  await tf.setBackend("wasm");
  const relative = difference(results[0]!, results[1]!);
  assert.ok(relative <= tolerance, `relative difference ${relative}`);
}

const convolutions = [
  { height: 9, width: 7, inputs: 3, outputs: 4, kernel: 3, stride: 1, pad: "same" },
  { height: 9, width: 7, inputs: 3, outputs: 4, kernel: 3, stride: 1, pad: "valid" },
  { height: 8, width: 6, inputs: 2, outputs: 5, kernel: 3, stride: 2, pad: "same" },
  { height: 9, width: 7, inputs: 2, outputs: 5, kernel: 3, stride: 2, pad: "valid" },
  { height: 10, width: 7, inputs: 1, outputs: 2, kernel: 5, stride: 3, pad: "same" },
  { height: 10, width: 8, inputs: 3, outputs: 2, kernel: 4, stride: 4, pad: "valid" },
  { height: 5, width: 5, inputs: 2, outputs: 3, kernel: 1, stride: 1, pad: "same" },
  { height: 7, width: 5, inputs: 2, outputs: 3, kernel: 1, stride: 2, pad: "same" },
  // Multiples of four outputs, with tiles of every size.
  { height: 9, width: 120, inputs: 3, outputs: 12, kernel: 3, stride: 1, pad: "same" },
  { height: 11, width: 8, inputs: 7, outputs: 8, kernel: 2, stride: 2, pad: "valid" },
  { height: 8, width: 9, inputs: 1, outputs: 20, kernel: 5, stride: 2, pad: "same" },
  // By Winograd's filtering: odd sides, and channels that are no multiple of eight.
  { height: 9, width: 7, inputs: 8, outputs: 12, kernel: 3, stride: 1, pad: "same" },
  { height: 14, width: 13, inputs: 4, outputs: 8, kernel: 3, stride: 1, pad: "valid" },
] as const;

for (const c of convolutions) {
  test(`conv2d gradients: ${JSON.stringify(c)}`, () =>
    agree(() =>
      tf.tidy(() => {
        const x = tf.randomNormal([2, c.height, c.width, c.inputs], 0, 1, "float32", 1);
        const w = tf.randomNormal([c.kernel, c.kernel, c.inputs, c.outputs], 0, 1, "float32", 2);
        const grads = tf.grads((x: tf.Tensor, w: tf.Tensor) => {
          const y = tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, c.stride, c.pad);
          return tf.sum(tf.mul(y, tf.randomNormal(y.shape, 0, 1, "float32", 3)));
        });
        return grads([x, w]);
      }),
    ));
}

for (const [size, stride, pad] of [
  [2, 2, "same"],
  [2, 2, "valid"],
  [3, 2, "same"],
  [3, 1, "valid"],
] as const) {
  for (const [kind, channels] of [
    ["max", 3],
    ["max", 8],
    ["avg", 3],
  ] as const) {
    test(`${kind} pooling gradient: size ${size}, stride ${stride}, ${pad}, ${channels} channels`, () =>
      agree(() =>
        tf.tidy(() => {
          const x = tf.randomNormal([2, 7, 5, channels], 0, 1, "float32", 4) as tf.Tensor4D;
          const grad = tf.grad((x: tf.Tensor) => {
            const y = tf.pool(x as tf.Tensor4D, size, kind, pad, 1, stride);
            return tf.sum(tf.mul(y, tf.randomNormal(y.shape, 0, 1, "float32", 5)));
          });
          return [grad(x)];
        }),
      ));
  }
}

for (const channels of [2, 4])
  test(`of ${channels} channels, max pooling gives the gradient to the first of equal maxima, as the cpu backend does`, () =>
    agree(() =>
      tf.tidy(() => [
        tf.grad((x: tf.Tensor) => tf.sum(tf.maxPool(x as tf.Tensor4D, 2, 2, "valid")))(
          tf.ones([1, 4, 4, channels]),
        ),
      ]),
    ));

for (const [a, b] of [
  [
    [4, 3, 2, 5],
    [4, 1, 1, 5],
  ],
  [
    [4, 6],
    [4, 1],
  ],
  // These use the backend's own kernel.
  [
    [4, 3, 2],
    [1, 3, 1],
  ],
  [[4, 3], [3]],
] as const) {
  test(`equality of [${a}] and [${b}]`, () =>
    agree(() =>
      tf.tidy(() => {
        const whole = (shape: readonly number[], seed: number) =>
          tf.floor(tf.randomUniform([...shape], 0, 2, "float32", seed));
        const equal = tf.cast(tf.equal(whole(a, 21), whole(b, 22)), "float32");
        return [equal, tf.cast(tf.equal(whole(b, 22), whole(a, 21)), "float32")];
      }),
    ));
}

test("the gradient of an embedding look-up sums over repeated ids", () =>
  agree(() =>
    tf.tidy(() => {
      const table = tf.randomNormal([7, 3], 0, 1, "float32", 6);
      const ids = tf.tensor2d([1, 1, 6, 0, 1, 3], [2, 3], "int32");
      const grad = tf.grad((table: tf.Tensor) => {
        const y = tf.gather(table, ids);
        return tf.sum(tf.mul(y, tf.randomNormal(y.shape, 0, 1, "float32", 7)));
      });
      return [grad(table)];
    }),
  ));

for (const shape of [
  [6, 5],
  [3, 4, 5],
  [2, 3, 4, 5],
]) {
  for (const keepDims of [false, true]) {
    test(`sum and mean over leading axes of [${shape}], keepDims ${keepDims}`, () =>
      agree(() =>
        tf.tidy(() => {
          const x = tf.randomNormal(shape, 0, 1, "float32", 8);
          const axes = shape.slice(1).map((_, i) => i);
          return [
            tf.sum(x, axes, keepDims),
            tf.mean(x, axes, keepDims),
            tf.sum(x, 0, keepDims),
            // These use the backend's own kernel.
            tf.sum(x, -1, keepDims),
            tf.mean(x),
            tf.sum(x),
          ];
        }),
      ));
  }
}

test("batch normalisation in training mode: gradients with respect to input, gamma and beta", () =>
  agree(
    () =>
      tf.tidy(() => {
        const x = tf.randomNormal([4, 3, 2, 5], 1, 2, "float32", 9);
        const gamma = tf.randomNormal([5], 1, 0.1, "float32", 10);
        const beta = tf.randomNormal([5], 0, 0.1, "float32", 11);
        const grads = tf.grads((x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => {
          const { mean, variance } = tf.moments(x, [0, 1, 2]);
          const y = tf.batchNorm4d(
            x as tf.Tensor4D,
            mean as tf.Tensor1D,
            variance as tf.Tensor1D,
            beta as tf.Tensor1D,
            gamma as tf.Tensor1D,
            1e-3,
          );
          return tf.sum(tf.mul(y, tf.randomNormal(y.shape, 0, 1, "float32", 12)));
        });
        return grads([x, gamma, beta]);
      }),
    5e-5,
  ));
