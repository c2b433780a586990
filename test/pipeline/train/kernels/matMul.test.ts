/** Products with transposed factors on the WASM backend: the numbers of the definition, and nothing left behind. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { getKernel, type KernelFunc, Transpose } from "@tensorflow/tfjs-core";
import { createRandom } from "../../../../pipeline/common/random.ts";
import { startBackend } from "../../../../pipeline/train/backend.ts";
import { transposeFirst } from "../../../../pipeline/train/kernels/matMul.ts";

before(() => startBackend("wasm"));

const random = createRandom(5);
const SIZES = { left: 33, inner: 70, right: 19 };

interface Case {
  /** Sizes before the matrices'. */
  readonly batch: readonly number[];
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

const CASES: Case[] = [[], [1], [3]].flatMap((batch) =>
  [false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({ batch, transposeA, transposeB })),
  ),
);

for (const { batch, transposeA, transposeB } of CASES) {
  const name = `${transposeA ? "a^T" : "a"} ${transposeB ? "b^T" : "b"}`;
  test(`${name}, ${batch.length === 0 ? "matrices" : `batches of ${batch[0]}`}`, async () => {
    const { left, inner, right } = SIZES;
    const tensorsBefore = tf.memory().numTensors;
    const idsBefore = (tf.backend() as unknown as { dataIdMap: tf.DataStorage<unknown> }).dataIdMap;
    const countBefore = idsBefore.numDataIds();
    const draw = (shape: number[]) =>
      tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, random.next), shape);
    const a = draw([...batch, ...(transposeA ? [inner, left] : [left, inner])]);
    const b = draw([...batch, ...(transposeB ? [right, inner] : [inner, right])]);
    const product = tf.matMul(a, b, transposeA, transposeB);
    assert.deepEqual(product.shape, [...batch, left, right]);
    const [as, bs, found] = await Promise.all([a.data(), b.data(), product.data()]);
    const matrices = batch[0] ?? 1;
    for (let m = 0; m < matrices; m++) {
      for (let i = 0; i < left; i++) {
        for (let j = 0; j < right; j++) {
          let sum = 0;
          for (let k = 0; k < inner; k++) {
            const x = as[m * left * inner + (transposeA ? k * left + i : i * inner + k)]!;
            const y = bs[m * inner * right + (transposeB ? j * inner + k : k * right + j)]!;
            sum += x * y;
          }
          const value = found[(m * left + i) * right + j]!;
          assert.ok(Math.abs(value - sum) < 1e-5 * sum, `${m} ${i} ${j}: ${value}, not ${sum}`);
        }
      }
    }
    tf.dispose([a, b, product]);
    assert.equal(tf.memory().numTensors, tensorsBefore);
    assert.equal(idsBefore.numDataIds(), countBefore);
  });
}

test("a matrix is transposed before it is multiplied, a batch of several is not", () => {
  const backend = tf.backend();
  const asked: unknown[] = [];
  const multiply: KernelFunc = ({ attrs }) => {
    asked.push(attrs);
    return [];
  };
  const kernel = transposeFirst(multiply, getKernel(Transpose, "wasm")!.kernelFunc);
  const attrs = { transposeA: true, transposeB: false };
  for (const shape of [
    [4, 2],
    [1, 4, 2],
    [3, 4, 2],
  ]) {
    const [a, b] = [tf.zeros(shape), tf.zeros(shape)];
    kernel({ inputs: { a, b }, backend, attrs });
  }
  const straight = { transposeA: false, transposeB: false };
  assert.deepEqual(asked, [straight, straight, attrs]);
});
