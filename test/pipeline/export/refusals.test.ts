/** Bad input: every kind of damage gives a sentence that names the place, and nothing else. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tfl from "@tensorflow/tfjs-layers";
import {
  convert,
  type LayersArtifacts,
  type WeightSpec,
} from "../../../pipeline/export/convert.ts";
import { ConvertError } from "../../../pipeline/export/errors.ts";
import { readModelJson } from "../../../pipeline/export/modelJson.ts";
import { artifactsOf, seedWeights } from "./parity.ts";
import { on } from "./symbolic.ts";

const L = tfl.layers;
type Json = Record<string, unknown>;

async function good(): Promise<LayersArtifacts> {
  const x = tfl.input({ shape: [4], name: "x" });
  const hidden = on(x, L.dense({ units: 3, name: "hidden" }));
  const model = tfl.model({
    inputs: x,
    outputs: on(hidden, L.dense({ units: 2, name: "out" })),
    name: "m",
  });
  seedWeights(model, 1);
  return artifactsOf(model);
}

function refused(f: () => unknown, expected: RegExp): void {
  assert.throws(f, (error: unknown) => {
    assert.ok(error instanceof ConvertError, String(error instanceof Error ? error.stack : error));
    assert.match(error.message, expected);
    return true;
  });
}

/** The topology with one text replaced. */
const edited = (artifacts: LayersArtifacts, from: string, to: string): LayersArtifacts => {
  const text = JSON.stringify(artifacts.modelTopology);
  assert.ok(text.includes(from), `${from} is in the topology`);
  return { ...artifacts, modelTopology: JSON.parse(text.replace(from, to)) };
};

/** A Sequential of raw layer configs without weights. */
const raw = (shape: (number | null)[], ...layers: [string, Json][]): LayersArtifacts => ({
  modelTopology: {
    class_name: "Sequential",
    config: {
      name: "raw",
      layers: [
        {
          class_name: "InputLayer",
          config: { batch_input_shape: [null, ...shape], name: "x", dtype: "float32" },
        },
        ...layers.map(([class_name, config], i) => ({
          class_name,
          config: { name: `layer${i}`, ...config },
        })),
      ],
    },
  },
  weightSpecs: [],
  weightData: new ArrayBuffer(0),
});

const TOPOLOGY: Record<string, [change: (a: LayersArtifacts) => LayersArtifacts, message: RegExp]> =
  {
    "no topology": [
      (a) => ({ ...a, modelTopology: null }),
      /modelTopology: must be an object, it is null/,
    ],
    "a graph without nodes": [
      (a) => ({ ...a, modelTopology: { node: [] } }),
      /modelTopology: the graph has no outputs/,
    ],
    "something else": [(a) => ({ ...a, modelTopology: { a: 1 } }), /no class_name and config/],
    "a layer for a model": [
      (a) => ({ ...a, modelTopology: { class_name: "Dense", config: {} } }),
      /class is "Dense"; it must be one of Sequential, Model, Functional/,
    ],
    "an unknown class": [
      (a) => edited(a, '"Dense"', '"Sense"'),
      /hidden: \(Sense\) unknown layer class "Sense"; did you mean Dense\?; docs\/converter\.md lists all/,
    ],
    "a class that only JavaScript knows": [
      (a) => edited(a, '"Dense"', '"constructor"'),
      /hidden: \(constructor\) unknown layer class "constructor"; /,
    ],
    "Python code": [
      (a) => edited(a, '"Dense"', '"Lambda"'),
      /hidden: \(Lambda\) holds Python code, .* give a function .*\(layers: \{ Lambda: /,
    ],
    "a dangling node": [
      (a) => edited(a, '[["hidden",0,0,{}]]', '[["hiden",0,0,{}]]'),
      /out: takes its input from layer "hiden", which does not exist/,
    ],
    "a call that does not exist": [
      (a) => edited(a, '[["hidden",0,0,{}]]', '[["hidden",3,0,{}]]'),
      /out: takes its input from call 3 of layer "hidden", which has 1/,
    ],
    "an output that does not exist": [
      (a) => edited(a, '[["hidden",0,0,{}]]', '[["hidden",0,2,{}]]'),
      /out: reads an output that its input layer does not have/,
    ],
    "a cycle": [(a) => edited(a, '[["x",0,0,{}]]', '[["out",0,0,{}]]'), /is part of a cycle/],
    "two layers of one name": [
      (a) => edited(a, '"name":"out","class_name"', '"name":"hidden","class_name"'),
      /two layers have the name "hidden"/,
    ],
    "an unknown activation": [
      (a) => edited(a, '"activation":"linear"', '"activation":"gelu_newest"'),
      /hidden: \(Dense\) "activation" is "gelu_newest"; known activations are linear, relu/,
    ],
    "a missing weight": [
      (a) => ({
        ...a,
        weightSpecs: a.weightSpecs.map((s) => ({
          ...s,
          name: s.name.replace("out/bias", "out/bios"),
        })),
      }),
      /out: \(Dense\) weight "out\/bias" is not in the weights file/,
    ],
    "a weight of another shape": [
      (a) => edited(a, '"units":3', '"units":4'),
      /hidden: \(Dense\) weight "hidden\/kernel" has shape \[4,3\], expected \[4,4\] for an input of shape \[batch,4\]/,
    ],
  };
for (const [name, [change, message]] of Object.entries(TOPOLOGY)) {
  test(`topology: ${name}`, async () => {
    const artifacts = change(await good());
    refused(() => convert(artifacts), message);
  });
}

const WEIGHTS: Record<string, [change: (a: LayersArtifacts) => LayersArtifacts, message: RegExp]> =
  {
    "too few bytes": [
      (a) => ({ ...a, weightData: (a.weightData as ArrayBuffer).slice(0, 80) }),
      /out\/kernel: weight data is truncated: bytes 60 to 84 are needed, the data ends at 80/,
    ],
    "too many bytes": [
      (a) => ({ ...a, weightData: new Uint8Array(200) }),
      /has 200 bytes but the manifest describes 92/,
    ],
    "an unknown dtype": [
      (a) => ({ ...a, weightSpecs: a.weightSpecs.map((s) => ({ ...s, dtype: "complex64" })) }),
      /hidden\/kernel: weight has dtype "complex64"; supported are float32/,
    ],
    "not a number": [
      (a) => {
        const data = new Float32Array((a.weightData as ArrayBuffer).slice(0));
        data[13] = Number.NaN;
        return { ...a, weightData: data.buffer };
      },
      /hidden\/bias: weight holds NaN at element 1 of 3; the model was saved after its training had diverged/,
    ],
    "a spec without a shape": [
      (a) => ({ ...a, weightSpecs: [{ name: "x" } as WeightSpec] }),
      /weights\[0\]: has no name or no shape/,
    ],
    "no weights at all": [
      (a) => ({ modelTopology: a.modelTopology }) as LayersArtifacts,
      /weightSpecs and weightData are missing/,
    ],
  };
for (const [name, [change, message]] of Object.entries(WEIGHTS)) {
  test(`weights: ${name}`, async () => {
    const artifacts = change(await good());
    refused(() => convert(artifacts), message);
  });
}

const LAYERS: Record<string, [artifacts: LayersArtifacts, message: RegExp]> = {
  "stride with dilation": [
    raw([8, 8, 2], ["Conv2D", { filters: 2, kernel_size: 2, strides: 2, dilation_rate: 2 }]),
    /one or the other/,
  ],
  "softmax over an inner axis": [raw([3, 4], ["Softmax", { axis: 1 }]), /over the last axis only/],
  "an input of half a pixel": [raw([1.5], ["Dropout", {}]), /must be a list of sizes/],
  "an input of no pixels": [raw([0], ["Dropout", {}]), /must be a list of sizes/],
  "half a unit": [raw([4], ["Dense", { units: 1.5 }]), /"units" must be a whole number above 0/],
  "half a window": [
    raw([8, 8, 2], ["MaxPooling2D", { pool_size: [2, 1.5] }]),
    /"poolSize" must be whole numbers above 0, it is \[2,1.5\]/,
  ],
  "half a padding": [raw([8, 8, 2], ["ZeroPadding2D", { padding: [1, 1.5] }]), /"padding" must be/],
  "an axis twice": [raw([3, 4], ["Permute", { dims: [1, 1] }]), /"dims" \[1,1\] does not fit/],
  "a shape of words": [raw([4], ["Reshape", { target_shape: ["x"] }]), /must be a list of sizes/],
  "CategoryEncoding with tf_idf": [
    raw([4], ["CategoryEncoding", { num_tokens: 3, output_mode: "tf_idf" }]),
    /"output_mode" is "tf_idf"/,
  ],
  "CenterCrop to more": [
    raw([4, 4, 1], ["CenterCrop", { height: 6, width: 2 }]),
    /to the larger 6 x 2/,
  ],
  "a Reshape that does not fit": [
    raw([4], ["Reshape", { target_shape: [3] }]),
    /cannot reshape \[batch,4\] to \[batch, 3\]/,
  ],
  "Bidirectional over RNN": [
    raw([3, 2], ["Bidirectional", { layer: { class_name: "RNN", config: {} } }]),
    /wraps a RNN; TensorFlow.js loads it only around/,
  ],
  "an unknown cell": [
    raw([3, 2], ["RNN", { cell: { class_name: "MyCell", config: {} } }]),
    /has the cell "MyCell"/,
  ],
  "a Sequential without input shape": [
    {
      ...raw([4]),
      modelTopology: {
        class_name: "Sequential",
        config: { layers: [{ class_name: "Dense", config: { units: 2, name: "d" } }] },
      },
    },
    /d_input: the model says nothing about its input's shape; give it with --input-shape d_input=batch,/,
  ],
};
for (const [name, [artifacts, message]] of Object.entries(LAYERS)) {
  test(`layer: ${name}`, () => refused(() => convert(artifacts), message));
}

test("every layer that cannot be converted is named, also behind another one and inside a model", () => {
  const odd = { filters: 1, kernel_size: 2, strides: 2, dilation_rate: 2 };
  const config = { ...odd, batch_input_shape: [null, 8, 8, 3] };
  const inner = { layers: [{ class_name: "Conv2D", config: { ...config, name: "c" } }] };
  const artifacts = raw(
    [8, 8, 3],
    ["Conv2D", odd],
    ["Rescaling", { scale: 2, offset: 0 }],
    ["Sense", {}],
    ["Sequential", inner],
    ["Dropout", { rate: 0.5 }],
    ["Reshape", { target_shape: 3 }],
    ["Bidirectional", { layer: { class_name: "RNN", config: { units: 2 } } }],
    ["LeakyReLU", { alpha: "much" }],
    ["Softmax", {}],
  );
  assert.throws(
    () => convert(artifacts),
    (error: unknown) => {
      assert.ok(error instanceof ConvertError);
      assert.deepEqual(
        error.issues.map(({ path, message }) => [path, /^\((\w+)\)/.exec(message)?.[1]]),
        [
          ["layer0", "Conv2D"],
          ["layer2", "Sense"],
          ["layer3/c", "Conv2D"],
          ["layer5", "Reshape"],
          ["layer6", "Bidirectional"],
          ["layer7", "LeakyReLU"],
        ],
      );
      return true;
    },
  );
});

test("options that fit nothing", async () => {
  const artifacts = await good();
  refused(
    () => convert(artifacts, { inputs: { y: { dtype: "uint8" } } }),
    /the model has no input "y"; its inputs are x/,
  );
  refused(
    () => convert(artifacts, { inputs: { x: { shape: [1, 5] } } }),
    /contradicts the model's/,
  );
  refused(() => convert(artifacts, { outputNames: ["a", "b"] }), /1 different names are needed/);
  refused(
    () => convert(artifacts, { dtype: "q4" as "q8" }),
    /"q4" is not one of fp32, fp16, fp16-weights, q8/,
  );
  refused(
    () => convert(artifacts, { for: "speed" as "latency" }),
    /options\.for: "speed" is not one of latency, throughput/,
  );
  refused(
    () => convert(artifacts, { outputnames: ["a"], inputs: { x: { dtyp: "uint8" } } } as never),
    /options\.outputnames: there is no such option; did you mean "outputNames"\?[\s\S]*options\.inputs\.x\.dtyp: .*"dtype"/,
  );
  refused(() => convert(artifacts, { zzz: 1 } as never), /options are dtype, for, inputs/);
});

test("model.json: every missing and short file is named", async () => {
  const { modelTopology, weightSpecs, weightData } = await good();
  const bytes = new Uint8Array(weightData as ArrayBuffer);
  const files: Record<string, Uint8Array> = {
    "a.bin": bytes.subarray(0, 50),
    "b.bin": bytes.subarray(50),
  };
  const json = {
    modelTopology,
    weightsManifest: [{ paths: ["a.bin", "b.bin"], weights: weightSpecs }],
  };
  const load = async (path: string) =>
    files[path] ?? Promise.reject(new Error("there is no such file"));
  const whole = await readModelJson(json, load);
  assert.deepEqual(convert(whole).onnx, convert({ modelTopology, weightSpecs, weightData }).onnx);
  files["b.bin"] = bytes.subarray(50, 60);
  await assert.rejects(
    readModelJson(json, load),
    /a.bin, b.bin: the weights are truncated: the manifest describes 92 bytes, the files hold 60/,
  );
  delete files["b.bin"];
  await assert.rejects(
    readModelJson(json, load),
    /b.bin: the weight file cannot be read: there is no such file/,
  );
  await assert.rejects(readModelJson([], load), /must hold a JSON object/);
  await assert.rejects(readModelJson({}, load), /has no modelTopology/);
});
