/** Layers that are computed together in training give the gradients and statistics that tfjs's layers give one by one. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { fuseLayers } from "../../../pipeline/train/fusedLayers.ts";

before(async () => {
  await startBackend("wasm");
});

const { conv2d, batchNormalization, reLU, maxPooling2d, globalAveragePooling2d } = layers.layers;
const seeded = (seed: number) => layers.initializers.randomNormal({ stddev: 0.5, seed });

/** Every form that is computed together, on sides that pooling does not divide, and one of no multiple of four. */
function smallModel(): layers.LayersModel {
  const conv = (filters: number, seed: number, activation?: "relu") =>
    conv2d({
      filters,
      kernelSize: 3,
      padding: "same",
      kernelInitializer: seeded(seed),
      biasInitializer: seeded(seed + 1),
      ...(activation && { activation }),
    });
  const norm = (seed: number) =>
    batchNormalization({
      momentum: 0.9,
      gammaInitializer: seeded(seed),
      betaInitializer: seeded(seed + 1),
    });
  const pool = () => maxPooling2d({ poolSize: 2, padding: "same" });
  const x = layers.input({ shape: [11, 9, 3] });
  const chain = [
    ...[conv(8, 1, "relu"), pool()],
    ...[conv(12, 3), norm(5), reLU(), pool()],
    ...[conv(8, 7), norm(9), reLU()],
    ...[conv(4, 11), norm(13)],
    ...[conv(6, 15), norm(17), reLU(), pool()],
    globalAveragePooling2d({}),
  ];
  const y = chain.reduce((from, layer) => layer.apply(from) as layers.SymbolicTensor, x);
  return layers.model({ inputs: x, outputs: y });
}

/** Names of the kernels that run in `f`, and what it returns. */
async function kernelsOf<T>(f: () => T): Promise<{ names: string[]; result: T }> {
  let result!: T;
  const { kernels } = await tf.profile(() => {
    result = f();
    return [];
  });
  return { names: kernels.map(({ name }) => name), result };
}

/** Output, gradients of all trained weights, and all weights after a step in training. */
async function trainOnce(fused: boolean) {
  const model = smallModel();
  if (fused) fuseLayers(model);
  const x = tf.randomNormal([5, 11, 9, 3], 0, 1, "float32", 21);
  const weigh = tf.randomNormal([5, 6], 0, 1, "float32", 22);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const before = tf.memory().numTensors;
  const { names, result } = await kernelsOf(() =>
    tf.variableGrads(() => {
      const y = model.apply(x, { training: true }) as tf.Tensor;
      return tf.sum(tf.mul(y, weigh)) as tf.Scalar;
    }, variables),
  );
  const tensors = [result.value, ...variables.map(({ name }) => result.grads[name]!)];
  assert.equal(tf.memory().numTensors, before + tensors.length, "tensors leak");
  const predicted = model.predict(x) as tf.Tensor;
  const all = [...tensors, ...model.weights.map((weight) => weight.read()), predicted];
  return { names, values: all.map((tensor) => tensor.dataSync<"float32">().slice()) };
}

test("gradients, moving statistics and predictions agree with the layers one by one", async () => {
  const together = await trainOnce(true);
  const apart = await trainOnce(false);
  const count = (names: string[], name: string) => names.filter((one) => one === name).length;
  // The first convolution, and three normalisations; that of six channels is left alone.
  assert.equal(count(together.names, "NormalisePool"), 4);
  assert.equal(count(together.names, "FusedBatchNorm"), 1);
  assert.equal(count(apart.names, "NormalisePool"), 0);
  assert.equal(together.values.length, apart.values.length);
  for (const [i, expected] of apart.values.entries()) {
    const scale = Math.max(...expected.map(Math.abs), 1e-3);
    for (const [k, value] of expected.entries()) {
      const difference = Math.abs(together.values[i]![k]! - value);
      assert.ok(difference < 2e-4 * scale, `${i}[${k}]: ${together.values[i]![k]}, not ${value}`);
    }
  }
});

test("NaN in the input stays in the output", () => {
  const x = layers.input({ shape: [3, 3, 4] });
  const chain = [batchNormalization({}), reLU(), maxPooling2d({ poolSize: 2, padding: "same" })];
  const outputs = chain.reduce((from, layer) => layer.apply(from) as layers.SymbolicTensor, x);
  const model = layers.model({ inputs: x, outputs });
  fuseLayers(model);
  const y = model.apply(tf.fill([1, 3, 3, 4], Number.NaN), { training: true }) as tf.Tensor;
  assert.deepEqual([...y.dataSync()], Array(16).fill(Number.NaN));
});

test("where another layer reads the middle, or it is an output, that layer is not skipped", () => {
  const x = layers.input({ shape: [4, 4, 4] });
  const normalised = batchNormalization({}).apply(x) as layers.SymbolicTensor;
  const active = reLU().apply(normalised) as layers.SymbolicTensor;
  const pooled = maxPooling2d({ poolSize: 2, padding: "same" }).apply(active);
  const model = layers.model({
    inputs: x,
    outputs: [normalised, active, pooled as layers.SymbolicTensor],
  });
  const image = tf.randomNormal([2, 4, 4, 4], 0, 1, "float32", 23);
  const run = () =>
    (model.apply(image, { training: true }) as tf.Tensor[]).map((y) => y.arraySync());
  const expected = run() as number[][][][][];
  fuseLayers(model);
  for (const [i, output] of (run() as number[][][][][]).entries()) {
    const [found, wanted] = [output, expected[i]!].map((values) => values.flat(3));
    assert.equal(found!.length, wanted!.length);
    for (const [k, value] of wanted!.entries()) assert.ok(Math.abs(found![k]! - value) < 1e-5);
  }
});
