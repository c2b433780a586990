/** What only Keras writes, in files that tfjs refuses: names, shapes, layers and cells. Against plain formulas. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { convert, type LayersArtifacts } from "../../../pipeline/export/convert.ts";
import { AUGMENTATIONS } from "../../../pipeline/export/dialect.ts";
import { artifactsOf, type Feed, feed, random, runOnnx, seedWeights } from "./parity.ts";
import { on } from "./symbolic.ts";

const L = tfl.layers;
type Json = Record<string, unknown>;

/** A Sequential of raw layers, its weights drawn from [-0.5, 0.5). */
function raw(
  layers: [className: string, config: Json][],
  weights: Record<string, number[]> = {},
  model: Json = {},
): LayersArtifacts {
  const next = random(7);
  const weightSpecs = Object.entries(weights).map(([name, shape]) => ({
    name,
    shape,
    dtype: "float32",
  }));
  const size = weightSpecs.reduce((sum, { shape }) => sum + tf.util.sizeFromShape(shape), 0);
  const config = {
    name: "m",
    ...model,
    layers: layers.map(([class_name, own], i) => ({
      class_name,
      config: { name: `l${i}`, ...own },
    })),
  };
  return {
    modelTopology: { class_name: "Sequential", config },
    weightSpecs,
    weightData: Float32Array.from({ length: size }, () => next() - 0.5).buffer,
  };
}

async function first(artifacts: LayersArtifacts, x: Feed): Promise<Feed> {
  return (await runOnnx(convert(artifacts), [x]))[0] as Feed;
}

/** The artifacts with every weight's name changed. */
const renamed = (
  artifacts: LayersArtifacts,
  change: (name: string) => string,
): LayersArtifacts => ({
  ...artifacts,
  weightSpecs: artifacts.weightSpecs.map((spec) => ({ ...spec, name: change(spec.name) })),
});

async function twoLevels(): Promise<LayersArtifacts> {
  const x = tfl.input({ shape: [5, 3], name: "x" });
  // Keras 3 has another hard sigmoid than tfjs
  const layer = L.lstm({
    units: 2,
    recurrentInitializer: "glorotUniform",
    recurrentActivation: "sigmoid",
    name: "lstm",
  });
  const both = L.bidirectional({ layer: layer as never, mergeMode: "concat", name: "both" });
  const inner = tfl.sequential({
    name: "inner",
    layers: [L.dense({ units: 2, inputShape: [4], name: "head" })],
  });
  const out = on(on(x, both), inner, L.dense({ units: 2, name: "out" }));
  const model = tfl.model({ inputs: x, outputs: out });
  seedWeights(model, 3);
  return artifactsOf(model);
}

test("weight names with the models in front, with the cell, and with repeated directions", async () => {
  const plain = await twoLevels();
  const expected = convert(plain).onnx;
  const inModel = (name: string) =>
    name.startsWith("head/") ? `model_1/inner/${name}` : `model_1/${name}`;
  assert.deepEqual(convert(renamed(plain, inModel)).onnx, expected);
  const withCells = (name: string) =>
    inModel(name.replace(/(forward|backward)_lstm/, "$1_forward_lstm/lstm_cell"));
  const cells = renamed(plain, withCells);
  assert.ok(
    cells.weightSpecs.some((s) => s.name === "model_1/both/forward_forward_lstm/lstm_cell/kernel"),
  );
  assert.deepEqual(convert(cells).onnx, expected);
});

test("a weight whose name fits two layers is not guessed", async () => {
  const plain = await twoLevels();
  const misnamed = renamed(plain, (name) => name.replace("out/", "elsewhere/head/"));
  assert.throws(() => convert(misnamed), /out: \(Dense\) weight "out\/kernel" is not in the/);
  const twice = renamed(plain, (name) =>
    name.replace("head/", "a/b/head/").replace("out/", "c/d/head/"),
  );
  assert.throws(() => convert(twice), /inner\/head: \(Dense\) weight "head\/kernel" is not in the/);
});

test("the shape of an input: build_input_shape, or the option", () => {
  const dense: [string, Json][] = [
    ["Dropout", { rate: 0.5 }],
    ["Dense", { units: 2, use_bias: false }],
  ];
  const weights = { "l1/kernel": [3, 2] };
  const built = convert(raw(dense, weights, { build_input_shape: [null, 4, 3] }));
  assert.deepEqual(built.inputs[0]?.shape, ["batch", 4, 3]);
  const given = convert(raw(dense, weights), { inputs: { l0_input: { shape: ["n", 3] } } });
  assert.deepEqual(given.inputs[0]?.shape, ["n", 3]);
  assert.deepEqual(given.outputs[0]?.shape, ["n", 2]);
  assert.throws(() => convert(raw(dense, weights)), /give it with --input-shape l0_input=batch/);
});

test("augmentation layers, and the FixedDropout of efficientnet, leave the image as it is", async () => {
  const image = feed([2, 4, 4, 1]);
  const names = [...AUGMENTATIONS, "FixedDropout"];
  const layers = names.map((name): [string, Json] => [name, { factor: 0.5, rate: 0.5 }]);
  const input: [string, Json] = ["InputLayer", { batch_input_shape: [null, 4, 4, 1] }];
  const out = await first(raw([input, ...layers]), image);
  assert.deepEqual([...out.data], [...Float32Array.from(image.data)]);
});

test("RandomCrop takes the middle with the target's proportions and resizes it", async () => {
  const layers = (height: number, width: number): [string, Json][] => [
    ["InputLayer", { batch_input_shape: [null, 4, 6, 1] }],
    ["RandomCrop", { height, width }],
  ];
  const image = { shape: [1, 4, 6, 1], data: Array.from({ length: 24 }, (_, i) => i) };
  // 4 x 4 from column 1 on, then the means of 2 x 2 pixels
  const half = await first(raw(layers(2, 2)), image);
  assert.deepEqual([...half.data], [4.5, 6.5, 16.5, 18.5]);
  const whole = await first(raw(layers(4, 6)), image);
  assert.deepEqual([...whole.data], image.data);
});

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const hardSigmoid = (x: number) => Math.min(1, Math.max(0, 0.2 * x + 0.5));

interface Gru {
  units: number;
  features: number;
  /** [features, 3 units], [units, 3 units] and [2, 3 units], row by row. */
  weights: Record<"kernel" | "recurrent" | "bias", Float32Array>;
  gate(x: number): number;
  act(x: number): number;
}

/** One sequence through Keras's GRU with reset_after, in double precision; the last state. */
function gruResetAfter(
  { units: n, features, weights, gate, act }: Gru,
  steps: number[][],
): number[] {
  const { kernel, recurrent, bias } = weights;
  const at = (data: Float32Array, row: number, column: number) =>
    data[row * 3 * n + column] as number;
  let h = Array<number>(n).fill(0);
  for (const x of steps) {
    const fromInput = (j: number) =>
      x.reduce((sum, v, i) => sum + v * at(kernel, i, j), at(bias, 0, j));
    const fromState = (j: number) =>
      h.reduce((sum, v, i) => sum + v * at(recurrent, i, j), at(bias, 1, j));
    assert.equal(x.length, features);
    h = h.map((before, u) => {
      const z = gate(fromInput(u) + fromState(u));
      const r = gate(fromInput(n + u) + fromState(n + u));
      const candidate = act(fromInput(2 * n + u) + r * fromState(2 * n + u));
      return z * before + (1 - z) * candidate;
    });
  }
  return h;
}

const GRUS: Record<string, [config: Json, Pick<Gru, "gate" | "act">]> = {
  "the defaults of Keras": [{ recurrent_activation: "sigmoid" }, { gate: sigmoid, act: Math.tanh }],
  "the hard sigmoid of Keras 2": [
    { recurrent_activation: "hard_sigmoid" },
    { gate: hardSigmoid, act: Math.tanh },
  ],
  "an activation that ONNX's GRU lacks": [
    { recurrent_activation: "sigmoid", activation: "swish" },
    { gate: sigmoid, act: (x) => x * sigmoid(x) },
  ],
};

for (const [name, [config, functions]] of Object.entries(GRUS)) {
  test(`a GRU with reset_after: ${name}`, async () => {
    const [units, features, time] = [3, 2, 6];
    const artifacts = raw(
      [
        ["InputLayer", { batch_input_shape: [null, time, features] }],
        ["GRU", { units, reset_after: true, ...config }],
      ],
      {
        "l1/gru_cell/kernel": [features, 9],
        "l1/gru_cell/recurrent_kernel": [units, 9],
        "l1/gru_cell/bias": [2, 9],
      },
    );
    const all = new Float32Array(artifacts.weightData as ArrayBuffer);
    const weights = {
      kernel: all.subarray(0, 18),
      recurrent: all.subarray(18, 45),
      bias: all.subarray(45),
    };
    const x = feed([2, time, features]);
    const { shape, data } = await first(artifacts, x);
    assert.deepEqual([...shape], [2, units]);
    for (const sample of [0, 1]) {
      const steps = Array.from({ length: time }, (_, t) => {
        const start = (sample * time + t) * features;
        return x.data.slice(start, start + features);
      });
      const want = gruResetAfter({ units, features, weights, ...functions }, steps);
      for (const [u, value] of want.entries())
        assert.ok(Math.abs((data[sample * units + u] as number) - value) < 1e-6, `unit ${u}`);
    }
  });
}

test("a GRU with reset_after whose bias is that of one without is refused", () => {
  const artifacts = raw(
    [
      ["InputLayer", { batch_input_shape: [null, 4, 2] }],
      ["GRU", { units: 3, reset_after: true }],
    ],
    { "l1/kernel": [2, 9], "l1/recurrent_kernel": [3, 9], "l1/bias": [9] },
  );
  assert.throws(() => convert(artifacts), /weight "l1\/bias" has shape \[9\], expected \[2,9\]/);
});

test("files of Keras 3 that were repaired by hand: half of it in the form of Keras 2", async () => {
  const plain = await twoLevels();
  const expected = convert(plain).onnx;
  const repaired = (change: (text: string) => string): LayersArtifacts => ({
    ...plain,
    modelTopology: JSON.parse(change(JSON.stringify(plain.modelTopology))),
  });
  const shapes = repaired((text) => text.replaceAll('"batch_input_shape"', '"batch_shape"'));
  assert.deepEqual(convert(shapes).onnx, expected);
  const flat = repaired((text) =>
    text.replace(/"input_layers":\[(\[[^\]]*\])\]/, '"input_layers":$1'),
  );
  assert.deepEqual(convert(flat).onnx, expected);
  const policies = repaired((text) =>
    text.replaceAll(
      '"trainable":true',
      '"trainable":true,"dtype":{"module":"keras","class_name":"DTypePolicy","config":{"name":"float32"}}',
    ),
  );
  assert.deepEqual(convert(policies).onnx, expected);
  const tensor = (name: string) =>
    `[{"args":[{"class_name":"__keras_tensor__","config":{"keras_history":["${name}",0,0]}}],"kwargs":{}}]`;
  const args = repaired((text) => text.replace('[[["both",0,0,{}]]]', tensor("both")));
  assert.notDeepEqual(args.modelTopology, plain.modelTopology);
  assert.deepEqual(convert(args).onnx, expected);
});
