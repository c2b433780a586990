/** Layers that TensorFlow.js runs only in part, or only with state: each against its own reference. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import * as ort from "onnxruntime-node";
import { type Conversion, convert } from "../../../pipeline/export/convert.ts";
import { isHere } from "../../needs/needs.ts";
import { chain } from "./cases.ts";
import {
  artifactsOf,
  checkParity,
  checkWithPython,
  feed,
  ids,
  random,
  seedWeights,
} from "./parity.ts";
import { on, type T } from "./symbolic.ts";

const L = tfl.layers;

async function run(
  conversion: Conversion,
  feeds: Record<string, ort.Tensor>,
): Promise<Record<string, ort.Tensor>> {
  if (isHere("onnxChecker")) checkWithPython(new Map([["model", conversion.onnx]]));
  const session = await ort.InferenceSession.create(conversion.onnx, { logSeverityLevel: 3 });
  const result = await session.run(feeds);
  await session.release();
  return result as Record<string, ort.Tensor>;
}

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] as number) - (expected[i] as number));
    assert.ok(difference <= tolerance, `element ${i}: ${actual[i]} instead of ${expected[i]}`);
  }
}

const tensor = (data: number[], shape: number[]) =>
  new ort.Tensor("float32", Float32Array.from(data), shape);

for (const mode of ["multiHot", "oneHot", "count", "int"] as const) {
  test(`CategoryEncoding ${mode}`, async () => {
    const size = mode === "oneHot" ? 1 : 4;
    const { model } = chain(
      [size],
      L.reshape({ targetShape: [size] }),
      L.categoryEncoding({ numTokens: 6, outputMode: mode }),
    );
    const artifacts = await artifactsOf(model);
    const input = ids([3, size], 6, 5);
    const conversion = convert(artifacts);
    const got = await run(conversion, { x: tensor(input.data, input.shape) });
    const output = got[conversion.outputs[0]?.name as string] as ort.Tensor;
    const want = model.predict(tf.tensor(input.data, input.shape)) as tf.Tensor;
    assert.deepEqual([...output.dims], want.shape);
    near(Array.from(output.data as Float32Array, Number), want.dataSync(), 0);
  });
}

for (const interpolation of ["bilinear", "nearest"] as const) {
  for (const cropToAspectRatio of [false, true]) {
    for (const [height, width] of [
      [7, 9],
      [3, 2],
    ] as const) {
      test(`Resizing ${interpolation} to ${height} x ${width}${cropToAspectRatio ? " without aligned corners" : ""}`, async () => {
        // tfjs cannot run the layer inside a model, so the reference is the layer itself
        const config = { height, width, interpolation, cropToAspectRatio };
        const layers = [
          { class_name: "InputLayer", config: { batch_input_shape: [null, 5, 6, 2], name: "x" } },
          { class_name: "Resizing", config: { ...config, name: "resizing" } },
        ];
        const conversion = convert({
          modelTopology: { class_name: "Sequential", config: { name: "s", layers } },
          weightSpecs: [],
          weightData: new ArrayBuffer(0),
        });
        const input = feed([2, 5, 6, 2]);
        const got = await run(conversion, { x: tensor(input.data, input.shape) });
        const want = L.resizing(config).apply(tf.tensor(input.data, input.shape)) as tf.Tensor;
        const output = got.resizing as ort.Tensor;
        assert.deepEqual([...output.dims], want.shape);
        near(output.data as Float32Array, want.dataSync());
      });
    }
  }
}

test("BatchNormalization over an inner axis follows the formula (tfjs's kernels do not)", async () => {
  const { model } = chain([3, 4, 2], L.batchNormalization({ axis: 1 }));
  seedWeights(model, 4);
  const conversion = convert(await artifactsOf(model));
  const input = feed([2, 3, 4, 2]);
  const got = await run(conversion, { x: tensor(input.data, input.shape) });
  const [gamma, beta, mean, variance] = model.getWeights().map((w) => tf.reshape(w, [3, 1, 1]));
  const x = tf.tensor(input.data, input.shape);
  const want = tf.add(
    tf.mul(
      tf.div(tf.sub(x, mean as tf.Tensor), tf.sqrt(tf.add(variance as tf.Tensor, 1e-3))),
      gamma as tf.Tensor,
    ),
    beta as tf.Tensor,
  );
  const [output] = Object.values(got) as [ort.Tensor];
  near(output.data as Float32Array, want.dataSync());
});

test("DepthwiseConv2D ignores dilation_rate as tfjs does", async () => {
  const made = chain([8, 8, 2], L.depthwiseConv2d({ kernelSize: 3, dilationRate: [2, 2] }));
  seedWeights(made.model, 4);
  const { conversion } = await checkParity(made);
  assert.deepEqual(conversion.outputs[0]?.shape, ["batch", 6, 6, 2]);
});

const recurrentInitializer = "glorotUniform";
const STATEFUL: Record<string, (x: T) => T> = {
  LSTM: (x) =>
    on(x, L.lstm({ units: 3, stateful: true, returnSequences: true, recurrentInitializer })),
  "GRU with swish": (x) =>
    on(x, L.gru({ units: 3, stateful: true, activation: "swish", recurrentInitializer })),
  "stacked cells": (x) => {
    const cells = [
      L.lstmCell({ units: 2, recurrentInitializer }),
      L.gruCell({ units: 3, recurrentInitializer }),
    ];
    return on(x, L.rnn({ cell: L.stackedRNNCells({ cells }), stateful: true }));
  },
  ConvLSTM2D: (x) =>
    on(x, L.convLstm2d({ filters: 2, kernelSize: 2, stateful: true, recurrentInitializer })),
  Bidirectional: (x) =>
    on(
      x,
      L.bidirectional({
        layer: L.lstm({ units: 3, stateful: true, recurrentInitializer }),
        mergeMode: "concat",
      }),
    ),
};
/** Sizes of an input without its batch; two samples are fed. */
const SIZES: Record<string, number[]> = { ConvLSTM2D: [3, 5, 4, 2] };
for (const [name, build] of Object.entries(STATEFUL)) {
  test(`stateful ${name}: states are inputs and outputs, and carry over as in tfjs`, async () => {
    const sizes = [2, ...(SIZES[name] ?? [5, 4])];
    const x = tfl.input({ batchShape: sizes, name: "x" });
    const model = tfl.model({ inputs: x, outputs: build(x) });
    seedWeights(model, 8);
    const conversion = convert(await artifactsOf(model));
    assert.equal(conversion.states.length, conversion.inputs.length - 1);
    assert.equal(conversion.states.length, conversion.outputs.length - 1);
    let states: Record<string, ort.Tensor> = Object.fromEntries(
      conversion.inputs
        .slice(1)
        .map(({ name: state, shape }) => [
          state,
          tensor(Array((shape as number[]).reduce((p, q) => p * q)).fill(0), shape as number[]),
        ]),
    );
    for (let step = 0; step < 3; step++) {
      const input = feed(sizes, step + 1);
      const want = model.predict(tf.tensor(input.data, input.shape)) as tf.Tensor;
      const got = await run(conversion, { x: tensor(input.data, input.shape), ...states });
      const output = got[conversion.outputs[0]?.name ?? ""] as ort.Tensor;
      near(output.data as Float32Array, want.dataSync());
      states = Object.fromEntries(
        conversion.states.map((s) => [s.input, got[s.output] as ort.Tensor]),
      );
    }
  });
}

test("a value equal to Masking's stays masked whatever the sign of the rest", async () => {
  const next = random(3);
  const made = chain(
    [4, 2],
    L.masking({ maskValue: -1 }),
    L.gru({ units: 2, recurrentInitializer, goBackwards: true }),
  );
  seedWeights(made.model, 2);
  made.feeds = [
    {
      shape: [3, 4, 2],
      data: Array.from({ length: 24 }, () => (next() < 0.6 ? -1 : next() * 2 - 1)),
    },
  ];
  await checkParity(made);
});

test("ThresholdedReLU and PReLU of infinities and NaN", async () => {
  const values = [Number.NaN, Infinity, -Infinity, 1];
  const slopes = [0, 0.5, -2, 2].flatMap((slope) => values.map(() => slope));
  const layers = {
    ThresholdedReLU: L.thresholdedReLU({ theta: 0.5 }),
    PReLU: L.prelu({ weights: [tf.tensor(slopes)] } as never),
  };
  const data = slopes.map((_, i) => values[i % values.length]!);
  for (const [name, layer] of Object.entries(layers)) {
    const { model } = chain([data.length], layer);
    const conversion = convert(await artifactsOf(model));
    const got = await run(conversion, { x: tensor(data, [1, data.length]) });
    const want = model.predict(tf.tensor(data, [1, data.length])) as tf.Tensor;
    const output = got[conversion.outputs[0]!.name] as ort.Tensor;
    assert.deepEqual(Array.from(output.data as Float32Array), Array.from(want.dataSync()), name);
  }
});

test("recurrent layers with softplus over values whose exponential no float32 holds", async () => {
  for (const make of [L.simpleRNN, L.gru, L.lstm]) {
    const layer = make({
      units: 2,
      activation: "softplus",
      kernelInitializer: "ones",
      recurrentInitializer: "zeros",
    });
    const { model } = chain([2, 3], layer);
    await checkParity({ model, feeds: [{ shape: [1, 2, 3], data: [40, 40, 40, 1, 2, 3] }] });
  }
});
