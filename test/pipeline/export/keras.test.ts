/** Models as Keras and its exporters write them: wrapper keys, cell names in weight names, quantised weights. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import {
  convert,
  type LayersArtifacts,
  type WeightSpec,
} from "../../../pipeline/export/convert.ts";
import { toHalf } from "../../../pipeline/export/precision/fp16.ts";
import { artifactsOf, compare, type Feed, feed, ids, seedWeights } from "./parity.ts";
import { on } from "./symbolic.ts";

const L = tfl.layers;
const recurrentInitializer = "glorotUniform";
type Json = Record<string, unknown>;

/** The artifacts as tfjs itself loads them, against their conversion. */
async function agree(artifacts: LayersArtifacts, feeds: Feed[], tolerance = 1e-5): Promise<void> {
  const model = await tfl.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: structuredClone(artifacts.modelTopology) as object,
      weightSpecs: artifacts.weightSpecs as tf.io.WeightsManifestEntry[],
      weightData: artifacts.weightData as ArrayBuffer,
    }),
  );
  await compare(model, convert(artifacts), feeds, tolerance);
}

function textModel(): tfl.LayersModel {
  const x = tfl.input({ shape: [6], name: "tokens" });
  const words = on(x, L.embedding({ inputDim: 9, outputDim: 4, name: "words" }));
  const layer = L.lstm({ units: 3, recurrentInitializer, returnSequences: true, name: "lstm" });
  const both = on(words, L.bidirectional({ layer, mergeMode: "concat", name: "both" }));
  const last = on(both, L.gru({ units: 3, recurrentInitializer, name: "gru" }));
  return tfl.model({
    inputs: x,
    outputs: on(last, L.dense({ units: 2, activation: "relu6", name: "out" })),
  });
}

const TEXT = [ids([2, 6], 9)];

/** Puts the text model's artifacts through a change of topology and weight names. */
async function variant(
  change: (topology: Json, specs: WeightSpec[]) => unknown,
): Promise<LayersArtifacts> {
  const model = textModel();
  seedWeights(model, 3);
  const artifacts = await artifactsOf(model);
  const specs = structuredClone(artifacts.weightSpecs) as WeightSpec[];
  const modelTopology = change(artifacts.modelTopology as Json, specs);
  return { ...artifacts, modelTopology, weightSpecs: specs };
}

test("class names Functional and Model, keras_version and model_config around them", async () => {
  for (const class_name of ["Functional", "Model"]) {
    await agree(
      await variant((topology) => ({
        keras_version: "2.4.0",
        backend: "tensorflow",
        model_config: { ...topology, class_name },
        training_config: { loss: "mse" },
      })),
      TEXT,
    );
  }
});

test("weight names of TensorFlow 2.2 and later, which name the cell", async () => {
  const artifacts = await variant((topology, specs) => {
    for (const spec of specs) {
      spec.name = spec.name
        .replace(/^gru\//, "gru/gru_cell_7/")
        .replace(/^both\/(\w+_lstm)\//, "both/$1/lstm_cell_2/");
    }
    return topology;
  });
  assert.ok(artifacts.weightSpecs.some((s) => s.name === "both/forward_lstm/lstm_cell_2/kernel"));
  await agree(artifacts, TEXT);
});

test("camelCase keys and unknown keys", async () => {
  await agree(
    await variant((topology) => {
      const text = JSON.stringify(topology)
        .replace(
          /"([a-z]+(?:_[a-z]+)+)":/g,
          (_, key: string) => `"${key.replace(/_(\w)/g, (__, c: string) => c.toUpperCase())}":`,
        )
        .replaceAll('"trainable"', '"somethingNew":[{"a":1}],"trainable"');
      return JSON.parse(text);
    }),
    TEXT,
  );
});

test("the weights in another order, and optimizer weights among them", async () => {
  const artifacts = await variant((topology) => topology);
  const bytes = new Uint8Array(artifacts.weightData as ArrayBuffer);
  const pieces: { spec: WeightSpec; bytes: Uint8Array }[] = [];
  let at = 0;
  for (const spec of artifacts.weightSpecs) {
    const n = 4 * spec.shape.reduce((a, b) => a * b, 1);
    pieces.push({ spec, bytes: bytes.slice(at, at + n) });
    at += n;
  }
  pieces.reverse();
  pieces.splice(2, 0, {
    spec: { name: "iter", shape: [], dtype: "int32", group: "optimizer" },
    bytes: new Uint8Array(4),
  });
  const data = Buffer.concat(pieces.map((p) => p.bytes));
  const shuffled = {
    modelTopology: artifacts.modelTopology,
    weightSpecs: pieces.map((p) => p.spec),
    weightData: new Uint8Array(data).buffer,
  };
  assert.deepEqual(convert(shuffled).onnx, convert(artifacts).onnx);
});

/** The storage formats of tfjs's own quantisation. */
const STORAGE: Record<
  string,
  (values: Float32Array) => {
    bytes: Uint8Array;
    quantization: NonNullable<WeightSpec["quantization"]>;
  }
> = {
  uint8: (values) => affine(values, 255, Uint8Array),
  uint16: (values) => affine(values, 65535, Uint16Array),
  float16: (values) => ({
    bytes: new Uint8Array(toHalf(values).buffer),
    quantization: { dtype: "float16" },
  }),
};

function affine(
  values: Float32Array,
  levels: number,
  Type: typeof Uint8Array | typeof Uint16Array,
) {
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const scale = (max - min) / levels || 1;
  const codes = new Type(values.length).map((_, i) =>
    Math.round(((values[i] as number) - min) / scale),
  );
  return {
    bytes: new Uint8Array(codes.buffer),
    quantization: { dtype: levels === 255 ? "uint8" : "uint16", min, scale },
  };
}

for (const [dtype, store] of Object.entries(STORAGE)) {
  test(`weights stored as ${dtype}, at offsets that are no multiple of their size`, async () => {
    const artifacts = await variant((topology) => topology);
    let at = 0;
    const parts: Uint8Array[] = [];
    const specs = artifacts.weightSpecs.map((spec, i) => {
      const n = spec.shape.reduce((a, b) => a * b, 1);
      const values = new Float32Array(artifacts.weightData as ArrayBuffer, at, n);
      at += 4 * n;
      if (i % 3 === 2) {
        parts.push(new Uint8Array(values.slice().buffer));
        return spec;
      }
      const { bytes, quantization } = store(values);
      parts.push(bytes);
      return { ...spec, quantization };
    });
    const weightData = new Uint8Array(Buffer.concat(parts)).buffer;
    await agree({ modelTopology: artifacts.modelTopology, weightSpecs: specs, weightData }, TEXT);
  });
}

test("a Sequential whose config is a plain list, and whose input is in its first layer", async () => {
  const layers = [
    {
      class_name: "Conv2D",
      config: {
        name: "c",
        batch_input_shape: [null, 6, 6, 2],
        filters: 3,
        kernel_size: [3, 3],
        strides: [1, 1],
        padding: "same",
        data_format: "channels_last",
        dilation_rate: [1, 1],
        activation: "relu",
        use_bias: true,
        kernel_initializer: { class_name: "GlorotUniform", config: { seed: null } },
      },
    },
    {
      class_name: "BatchNormalization",
      config: { name: "bn", axis: [3], momentum: 0.99, epsilon: 0.001, center: true, scale: false },
    },
    { class_name: "Activation", config: { name: "a", activation: "hard_sigmoid" } },
    {
      class_name: "ZeroPadding2D",
      config: {
        name: "p",
        padding: [
          [0, 1],
          [0, 1],
        ],
        data_format: "channels_last",
      },
    },
    { class_name: "GlobalAveragePooling2D", config: { name: "g", data_format: "channels_last" } },
  ];
  const specs: WeightSpec[] = [
    { name: "c/kernel", shape: [3, 3, 2, 3], dtype: "float32" },
    { name: "c/bias", shape: [3], dtype: "float32" },
    { name: "bn/beta", shape: [3], dtype: "float32" },
    { name: "bn/moving_mean", shape: [3], dtype: "float32" },
    { name: "bn/moving_variance", shape: [3], dtype: "float32" },
  ];
  const values = feed([54 + 12]).data.map(Math.abs);
  const weightData = Float32Array.from(values).buffer;
  await agree(
    { modelTopology: { class_name: "Sequential", config: layers }, weightSpecs: specs, weightData },
    [feed([2, 6, 6, 2])],
  );
});

test("weights named by their index, as Keras 3 saves them", async () => {
  const x = tfl.input({ shape: [4], name: "x" });
  const model = tfl.model({
    inputs: x,
    outputs: on(x, L.batchNormalization({ name: "n" }), L.dense({ units: 2, name: "d" })),
  });
  seedWeights(model, 5);
  const artifacts = await artifactsOf(model);
  const counts = new Map<string, number>();
  const specs = artifacts.weightSpecs.map((spec) => {
    const layer = spec.name.split("/")[0] as string;
    const i = counts.get(layer) ?? 0;
    counts.set(layer, i + 1);
    return { ...spec, name: `${layer}/${i}` };
  });
  assert.deepEqual(convert({ ...artifacts, weightSpecs: specs }).onnx, convert(artifacts).onnx);
});
