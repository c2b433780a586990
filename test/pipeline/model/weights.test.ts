/** Initial weights, and copying weights by name. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { createRandom } from "../../../pipeline/common/random.ts";
import { snapColumns } from "../../../pipeline/fit/grid.ts";
import {
  getWeights,
  initialiseWeights,
  roundKernels,
  setWeights,
} from "../../../pipeline/model/weights.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";

before(async () => {
  await startBackend("wasm");
});

/** Convolution, normalisation, ReLU layer, output; `extra` adds a layer at the start. */
function network(extra = false): layers.LayersModel {
  const input = layers.input({ shape: [8, 8, 16] });
  const first = extra
    ? (layers.layers.dense({ units: 16, name: "extra" }).apply(input) as layers.SymbolicTensor)
    : input;
  const convolved = layers.layers
    .conv2d({ filters: 64, kernelSize: 3, name: "a_conv" })
    .apply(first);
  const normalised = layers.layers.batchNormalization({ name: "a_norm" }).apply(convolved);
  const flat = layers.layers.globalAveragePooling2d({ name: "mean" }).apply(normalised);
  const hidden = layers.layers
    .dense({ units: 128, activation: "relu", name: "hidden" })
    .apply(flat);
  const output = layers.layers.dense({ units: 64, name: "output" }).apply(hidden);
  return layers.model({ inputs: input, outputs: output as layers.SymbolicTensor });
}

function initialised(extra = false, seed = 1): Promise<Map<string, Float32Array>> {
  const model = network(extra);
  initialiseWeights(
    model,
    new Map([["output/bias", new Float32Array(64).fill(3)]]),
    createRandom(seed),
  );
  return getWeights(model);
}

test("kernels start with a variance that suits their activation; biases and moments as in tfjs", async () => {
  const weights = await initialised();
  const std = (name: string) => {
    const values = weights.get(name)!;
    return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  };
  // He: sqrt(2 / fan in); Glorot: sqrt(2 / (fan in + fan out)).
  for (const [name, expected] of [
    ["a_conv/kernel", Math.sqrt(2 / (9 * 16))],
    ["hidden/kernel", Math.sqrt(2 / 64)],
    ["output/kernel", Math.sqrt(2 / (128 + 64))],
  ] as const) {
    assert.ok(Math.abs(std(name) / expected - 1) < 0.03, `${name}: ${std(name)}`);
  }
  const constant = {
    "hidden/bias": 0,
    "a_norm/gamma": 1,
    "a_norm/moving_variance": 1,
    "output/bias": 3,
  };
  for (const [name, value] of Object.entries(constant)) {
    assert.ok(
      weights.get(name)!.every((v) => v === value),
      name,
    );
  }
});

test("equal seeds give equal weights; an additional layer does not change the others", async () => {
  const one = await initialised();
  assert.deepEqual(await initialised(), one);
  assert.notDeepEqual((await initialised(false, 2)).get("hidden/kernel"), one.get("hidden/kernel"));
  const more = await initialised(true);
  assert.ok(more.has("extra/kernel"));
  for (const [name, values] of one) assert.deepEqual(more.get(name), values, name);
});

test("a model with copied weights computes the same", async () => {
  const [from, to] = [network(), network()];
  initialiseWeights(from, new Map(), createRandom(1));
  const x = tf.randomNormal([2, 8, 8, 16], 0, 1, "float32", 1);
  const output = (model: layers.LayersModel) => (model.predict(x) as tf.Tensor).dataSync();
  assert.notDeepEqual(output(to), output(from));
  const before = tf.memory().numTensors;
  setWeights(to, await getWeights(from));
  assert.equal(tf.memory().numTensors, before, "tensors leak");
  assert.deepEqual(output(to), output(from));
});

test("getWeights gives copies", async () => {
  const model = network();
  (await getWeights(model)).get("hidden/bias")!.fill(9);
  assert.ok((await getWeights(model)).get("hidden/bias")!.every((value) => value === 0));
});

test("all missing weights and weights of another size are named, and the model is unchanged", async () => {
  const model = network();
  const weights = await getWeights(model);
  weights.delete("a_conv/bias");
  weights.set("hidden/kernel", new Float32Array(5));
  weights.set("output/bias", new Float32Array(64).fill(1));
  assert.throws(
    () => setWeights(model, weights),
    (error: Error) => {
      assert.match(error.message, /^weights do not fit the model: /);
      assert.match(error.message, /a_conv\/bias is missing/);
      assert.match(error.message, /hidden\/kernel has 5 values, the model needs 8192/);
      return true;
    },
  );
  assert.ok((await getWeights(model)).get("output/bias")!.every((value) => value === 0));
});

test("a partial set changes only the weights it names, and is checked as well", async () => {
  const model = network();
  const before = await getWeights(model);
  setWeights(model, new Map([["output/bias", new Float32Array(64).fill(1)]]), "partial");
  assert.ok((await getWeights(model)).get("output/bias")!.every((value) => value === 1));
  assert.deepEqual((await getWeights(model)).get("hidden/kernel"), before.get("hidden/kernel"));
  const wrong = new Map([["output/bias", new Float32Array(3)]]);
  assert.throws(() => setWeights(model, wrong, "partial"), /output\/bias has 3 values/);
});

test("large kernels are rounded for each output, whatever their rank; all else stays", async () => {
  const input = layers.input({ shape: [8, 8, 128] });
  const depthwise = layers.layers.depthwiseConv2d({ kernelSize: 3, name: "deep" }).apply(input);
  for (const [model, rounded] of [
    // That of `extra` has 256 numbers.
    [network(true), { "a_conv/kernel": 64, "hidden/kernel": 128, "output/kernel": 64 }],
    [
      layers.model({ inputs: input, outputs: depthwise as layers.SymbolicTensor }),
      { "deep/depthwise_kernel": 128 },
    ],
  ] as const) {
    initialiseWeights(model, new Map(), createRandom(1));
    const before = await getWeights(model);
    const weights = await getWeights(model);
    roundKernels(model, weights);
    for (const [name, values] of before) {
      const outputs = (rounded as Readonly<Record<string, number>>)[name];
      if (outputs !== undefined) snapColumns(values, outputs);
      assert.deepEqual(weights.get(name), values, name);
    }
  }
});
