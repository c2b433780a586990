/** What the passes promise about a finished graph: few transposes, no batch normalisation, shared constants. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { mobileNet } from "./mobileNet.ts";
import { checkParity, feed, seedWeights } from "./parity.ts";
import { on, type T } from "./symbolic.ts";

const L = tfl.layers;

function image(size = 12): T {
  return tfl.input({ shape: [size, size, 3], name: "image" });
}

test("a convolutional network has one transpose, at its start, and no trace of batch normalisation", async () => {
  const x = image();
  const y = on(
    x,
    L.rescaling({ scale: 1 / 255 }),
    L.conv2d({ filters: 4, kernelSize: 3, padding: "same", useBias: false }),
    L.batchNormalization(),
    L.reLU(),
    L.maxPooling2d({ poolSize: 2 }),
    L.zeroPadding2d(),
    L.depthwiseConv2d({ kernelSize: 3 }),
    L.batchNormalization(),
    L.reLU({ maxValue: 6 }),
    L.separableConv2d({ filters: 6, kernelSize: 3, padding: "same" }),
    L.batchNormalization(),
    L.averagePooling2d({ poolSize: 2 }),
    L.flatten(),
    L.dense({ units: 5 }),
    L.batchNormalization(),
    L.activation({ activation: "sigmoid" }),
  );
  const model = tfl.model({ inputs: x, outputs: y });
  seedWeights(model, 3);
  const { conversion } = await checkParity({ model, feeds: [feed([2, 12, 12, 3])] });
  assert.equal(conversion.ops.Transpose, 1, JSON.stringify(conversion.ops));
  assert.equal(conversion.ops.BatchNormalization, undefined);
  assert.equal(conversion.ops.Pad, undefined);
  assert.equal(conversion.ops.Mul, 1, "only the rescaling multiplies");
  assert.equal(conversion.ops.Add, 1, "only the dense layer adds");
});

test("residuals, squeeze-and-excitation and concatenation keep the graph free of inner transposes", async () => {
  const x = image();
  const a = on(x, L.conv2d({ filters: 4, kernelSize: 3, padding: "same", activation: "relu" }));
  const b = on(a, L.conv2d({ filters: 4, kernelSize: 3, padding: "same" }), L.batchNormalization());
  const sum = on([a, b], L.add(), L.prelu({ sharedAxes: [1, 2] }));
  const gate = on(
    sum,
    L.globalAveragePooling2d({}),
    L.dense({ units: 4, activation: "sigmoid" }),
    L.reshape({ targetShape: [1, 1, 4] }),
  );
  const excited = on([sum, gate], L.multiply());
  const wide = on([excited, a, x], L.concatenate());
  const y = on(
    wide,
    L.dense({ units: 3 }),
    L.conv2d({ filters: 2, kernelSize: 1, activation: "softmax" }),
  );
  const model = tfl.model({ inputs: x, outputs: y });
  seedWeights(model, 4);
  const { conversion } = await checkParity({ model, feeds: [feed([2, 12, 12, 3])] });
  assert.equal(conversion.ops.Transpose, 2, JSON.stringify(conversion.ops));
});

test("recurrent layers in a row hand their sequence on without transposes in between", async () => {
  const x = tfl.input({ shape: [null, 4], name: "x" });
  const rnn = { recurrentInitializer: "glorotUniform", units: 3 } as const;
  const y = on(
    x,
    L.lstm({ ...rnn, returnSequences: true }),
    L.dense({ units: 4, activation: "tanh" }),
    L.layerNormalization(),
    L.gru({ ...rnn }),
  );
  const model = tfl.model({ inputs: x, outputs: y });
  seedWeights(model, 5);
  const { conversion } = await checkParity({ model, feeds: [feed([2, 7, 4])] });
  assert.equal(conversion.ops.Transpose, 1, JSON.stringify(conversion.ops));
});

test("a layer called twice has its weights once", async () => {
  const a = tfl.input({ shape: [4], name: "a" });
  const b = tfl.input({ shape: [4], name: "b" });
  const dense = L.dense({ units: 50, name: "shared" });
  const model = tfl.model({ inputs: [a, b], outputs: on([on(a, dense), on(b, dense)], L.add()) });
  seedWeights(model, 6);
  const { conversion } = await checkParity({ model, feeds: [feed([2, 4]), feed([2, 4], 2)] });
  assert.equal(conversion.initializerBytes, (4 * 50 + 50) * 4);
});

const negative = {
  shape: [2, 6, 6, 3],
  data: feed([2, 6, 6, 3]).data.map((v) => -Math.abs(v) - 0.1),
};

test("a zero padding before a max pooling stays a padding of zeros", async () => {
  for (const [padding, poolSize, mode] of [
    [1, 3, "valid"],
    [1, 2, "same"],
  ] as const) {
    const x = tfl.input({ shape: [6, 6, 3], name: "x" });
    const pool = L.maxPooling2d({ poolSize, strides: 1, padding: mode });
    const y = on(
      x,
      L.conv2d({ filters: 2, kernelSize: 1, kernelInitializer: "ones" }),
      L.zeroPadding2d({ padding }),
      pool,
    );
    const { conversion } = await checkParity({
      model: tfl.model({ inputs: x, outputs: y }),
      feeds: [negative],
    });
    assert.equal(conversion.ops.Pad, 1);
  }
});

test("a zero padding before an average pooling may be as wide as its window, or wider", async () => {
  for (const padding of [1, 2, 3]) {
    const x = tfl.input({ shape: [6, 6, 3], name: "x" });
    const y = on(
      x,
      L.conv2d({ filters: 2, kernelSize: 1 }),
      L.zeroPadding2d({ padding }),
      L.averagePooling2d({ poolSize: 2 }),
    );
    await checkParity({ model: tfl.model({ inputs: x, outputs: y }), feeds: [negative] });
  }
});

test("behind a relu it becomes the pooling's own", async () => {
  const x = tfl.input({ shape: [6, 6, 3], name: "x" });
  const conv = L.conv2d({ filters: 2, kernelSize: 1, activation: "relu" });
  const y = on(
    x,
    conv,
    L.zeroPadding2d({ padding: 1 }),
    L.maxPooling2d({ poolSize: 3, strides: 2 }),
  );
  const model = tfl.model({ inputs: x, outputs: y });
  seedWeights(model, 3);
  const { conversion } = await checkParity({ model, feeds: [feed([2, 6, 6, 3])] });
  assert.equal(conversion.ops.Pad, undefined);
});

test("a MobileNet has at most two transposes, 28 convolutions and no batch normalisation", async () => {
  const model = mobileNet(32, 0.25);
  seedWeights(model, 11);
  const { conversion } = await checkParity({ model, feeds: [feed([2, 32, 32, 3])] });
  const { Conv, Transpose = 0, BatchNormalization = 0, Mul = 0, Add = 0 } = conversion.ops;
  assert.equal(Conv, 28);
  assert.ok(Transpose <= 2, JSON.stringify(conversion.ops));
  assert.equal(BatchNormalization + Mul + Add, 0, JSON.stringify(conversion.ops));
});

test("a PRelu is the larger or the smaller of x and slope * x, or a sum, as its slopes allow", async () => {
  const cases = [
    { slopes: [0.25, -2, 1], ops: { Mul: 1, Max: 1 } },
    { slopes: [1, 3, 1.5], ops: { Mul: 1, Min: 1 } },
    { slopes: [0.5, 1.5, -1], ops: { Relu: 1, Min: 1, Mul: 1, Add: 1 } },
    { slopes: [0, 0.5, 1], ops: { Relu: 1, Min: 1, Mul: 1, Add: 1 } },
  ];
  for (const { slopes, ops } of cases) {
    const x = image(4);
    const model = tfl.model({ inputs: x, outputs: on(x, L.prelu({ sharedAxes: [1, 2] })) });
    model.layers[1]!.setWeights([tf.tensor(slopes, [1, 1, 3])]);
    const { conversion } = await checkParity({ model, feeds: [feed([2, 4, 4, 3])] });
    const { Transpose: _, ...found } = conversion.ops;
    assert.deepEqual(found, ops);
  }
});
