/** The course's worked examples in TensorFlow.js and, if they are layers, in the exported graph. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { openSession } from "../../node/session.ts";
import { convert } from "../../pipeline/export/convert.ts";
import { toArtifacts } from "../../pipeline/model/artifacts.ts";
import { startBackend } from "../../pipeline/train/backend.ts";

before(async () => {
  await startBackend("wasm");
});

/** Outputs of tfjs and of the exported graph for one float input. */
async function both(model: layers.LayersModel, values: readonly number[], dims: number[]) {
  const input = tf.tensor([...values], dims);
  const own = [...(model.predict(input) as tf.Tensor).dataSync<"float32">()];
  const { onnx, inputs, outputs } = convert(await toArtifacts(model), {});
  const session = await openSession(onnx, { threads: 1 });
  const data = Float32Array.from(values);
  const found = await session.run({ [inputs[0]!.name]: { type: "float32", dims, data } });
  await session.close();
  return [own, [...found[outputs[0]!.name]!.data]] as const;
}

function assertClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-6) {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of actual.entries()) {
    assert.ok(Math.abs(value - expected[i]!) <= tolerance, `${actual}, expected ${expected}`);
  }
}

const model = (shape: number[], ...stack: layers.layers.Layer[]) => {
  const input = layers.input({ shape });
  const output = stack.reduce((x, layer) => layer.apply(x) as layers.SymbolicTensor, input);
  return layers.model({ inputs: input, outputs: output });
};

test("parameters of the small perceptron: 4 x 4 weights, 4 weights, 1 bias: 21", () => {
  // Four inputs to four hidden units without biases, and those to one output with one.
  const small = model(
    [4],
    layers.layers.dense({ units: 4, useBias: false, activation: "relu" }),
    layers.layers.dense({ units: 1, activation: "sigmoid" }),
  );
  assert.equal(small.countParams(), 4 * 4 + 4 + 1);
  assert.equal(small.countParams(), 21);
});

test("parameters of a dense layer on the lecture's image: 480,000 * 1,000 + 1,000, and 1", () => {
  // 400 x 400 pixels of 3 colours. Counted from the shapes: two gigabytes of weights need not be made.
  const hidden = layers.layers.dense({ units: 1000 });
  const shape = hidden.computeOutputShape([null, 400 * 400 * 3]) as number[];
  const parameters = 400 * 400 * 3 * shape[1]! + shape[1]!;
  assert.equal(parameters + 1, 480_000 * 1_000 + 1_000 + 1);
});

const GRID = [1, 3, 5, 3, 4, 2, 3, 1, 3, 1, 1, 3, 0, 1, 0, 4];

test("2 x 2 pooling with stride 2: the largest of each window, and the mean", async () => {
  const options = { poolSize: 2, strides: 2 } as const;
  const max = model([4, 4, 1], layers.layers.maxPooling2d(options));
  const average = model([4, 4, 1], layers.layers.averagePooling2d(options));
  for (const found of await both(max, GRID, [1, 4, 4, 1])) assert.deepEqual(found, [4, 5, 3, 4]);
  for (const found of await both(average, GRID, [1, 4, 4, 1])) {
    assert.deepEqual(found, [2.5, 3, 1.25, 2]);
  }
});

test("the Laplacian filter detects edges, and is 0 where brightness is constant or linear", async () => {
  const filter = layers.layers.conv2d({ filters: 1, kernelSize: 3, useBias: false });
  const laplacian = model([5, 5, 1], filter);
  filter.setWeights([tf.tensor4d([0, 1, 0, 1, -4, 1, 0, 1, 0], [3, 3, 1, 1])]);
  const image = (brightness: (x: number, y: number) => number) =>
    Array.from({ length: 25 }, (_, i) => brightness(i % 5, Math.floor(i / 5)));
  const byHand = (values: number[]) =>
    Array.from({ length: 9 }, (_, i) => {
      const at = (dx: number, dy: number) =>
        values[(1 + Math.floor(i / 3) + dy) * 5 + 1 + (i % 3) + dx]!;
      return at(-1, 0) + at(1, 0) + at(0, -1) + at(0, 1) - 4 * at(0, 0);
    });
  const edge = image((x) => (x < 2 ? 0 : 10));
  const dot = image((x, y) => (x === 2 && y === 2 ? 1 : 0));
  for (const values of [edge, dot, image(() => 7), image((x, y) => 2 * x + y)]) {
    for (const found of await both(laplacian, values, [1, 5, 5, 1])) {
      assertClose(found, byHand(values));
    }
  }
  assert.deepEqual(byHand(edge), [10, -10, 0, 10, -10, 0, 10, -10, 0]);
  assert.deepEqual(byHand(dot), [0, 1, 0, 1, -4, 1, 0, 1, 0]);
});

test("one gradient step of a sigmoid network on x = (1, 0), y = 1: by hand and by autodiff", async () => {
  const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));
  const rate = 0.5;
  // Two inputs, two hidden units, one output.
  const w = [0.1, -0.2, 0.4, 0.3]; // [input, hidden]
  const b = [0.05, -0.05];
  const v = [0.6, -0.4];
  const c = 0.1;
  const x = [1, 0];

  const hidden = [0, 1].map((j) => sigmoid(x[0]! * w[j]! + x[1]! * w[2 + j]! + b[j]!));
  const p = sigmoid(hidden[0]! * v[0]! + hidden[1]! * v[1]! + c);
  // d(-log p)/dz = p - 1; then the chain rule, layer by layer.
  const delta = p - 1;
  const deltas = hidden.map((h, j) => delta * v[j]! * h * (1 - h));
  const expected = [
    ...w.map((value, i) => value - rate * x[Math.floor(i / 2)]! * deltas[i % 2]!),
    ...b.map((value, j) => value - rate * deltas[j]!),
    ...v.map((value, j) => value - rate * delta * hidden[j]!),
    c - rate * delta,
  ];

  const network = model(
    [2],
    layers.layers.dense({ units: 2, activation: "sigmoid" }),
    layers.layers.dense({ units: 1, activation: "sigmoid" }),
  );
  network.setWeights([
    tf.tensor2d(w, [2, 2]),
    tf.tensor1d(b),
    tf.tensor2d(v, [2, 1]),
    tf.tensor1d([c]),
  ]);
  for (const found of await both(network, x, [1, 2])) assertClose(found, [p]);
  tf.train.sgd(rate).minimize(() => {
    const output = network.apply(tf.tensor2d([x]), { training: true }) as tf.Tensor;
    return tf.neg(tf.log(tf.reshape(output, []))) as tf.Scalar;
  });
  assertClose(
    network.getWeights().flatMap((weight) => [...weight.dataSync<"float32">()]),
    expected,
  );
  // x2 = 0: its weights have no gradient. The loss falls.
  assert.deepEqual(expected.slice(2, 4), [0.4, 0.3]);
  for (const found of await both(network, x, [1, 2])) assert.ok(found[0]! > p);
});

test("the GRU's equations: tfjs keeps the state where z is 1, and so does the exported operator", async () => {
  const gru = layers.layers.gru({ units: 1, recurrentActivation: "sigmoid", activation: "tanh" });
  const network = model([3, 1], gru);
  const [wz, wr, wh] = [0.5, -0.3, 0.8];
  const [uz, ur, uh] = [0.2, 0.7, -0.6];
  const [bz, br, bh] = [0.1, 0.2, -0.1];
  gru.setWeights([
    tf.tensor2d([wz, wr, wh], [1, 3]),
    tf.tensor2d([uz, ur, uh], [1, 3]),
    tf.tensor1d([bz, br, bh]),
  ]);
  const sigmoid = (a: number) => 1 / (1 + Math.exp(-a));
  /** @param keeps Whether z weights the old state (tfjs, Keras, ONNX) or the new one (as in many lectures). */
  const byHand = (inputs: readonly number[], keeps: boolean) =>
    inputs.reduce((h, x) => {
      const z = sigmoid(wz * x + uz * h + bz);
      const r = sigmoid(wr * x + ur * h + br);
      const candidate = Math.tanh(wh * x + uh * (r * h) + bh);
      return keeps ? z * h + (1 - z) * candidate : (1 - z) * h + z * candidate;
    }, 0);
  const inputs = [1, -2, 0.5];
  for (const found of await both(network, inputs, [1, 3, 1])) {
    assertClose(found, [byHand(inputs, true)], 1e-5);
  }
  assert.ok(Math.abs(byHand(inputs, true) - byHand(inputs, false)) > 0.05);
  // The other convention is the same network with z's weights negated: sigmoid(-a) = 1 - sigmoid(a).
  gru.setWeights([
    tf.tensor2d([-wz, wr, wh], [1, 3]),
    tf.tensor2d([-uz, ur, uh], [1, 3]),
    tf.tensor1d([-bz, br, bh]),
  ]);
  for (const found of await both(network, inputs, [1, 3, 1])) {
    assertClose(found, [byHand(inputs, false)], 1e-5);
  }
});
