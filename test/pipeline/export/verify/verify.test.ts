/** The comparison with the original: what counts as rounding, and what inputs are drawn. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { tensor } from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import * as ort from "onnxruntime-node";
import type { LayersArtifacts } from "../../../../pipeline/export/artifacts.ts";
import { type ConvertOptions, convert } from "../../../../pipeline/export/convert.ts";
import { batchesOf } from "../../../../pipeline/export/verify/feeds.ts";
import {
  type OutputComparison,
  requireWithin,
  TOLERANCE,
  verdictOf,
} from "../../../../pipeline/export/verify/measure.ts";
import { graphRunner } from "../../../../pipeline/export/verify/onnx.ts";
import { nudgedArtifacts } from "../../../../pipeline/export/verify/sensitivity.ts";
import { openOriginal } from "../../../../pipeline/export/verify/tfjs.ts";
import { compareWithOriginal } from "../../../../pipeline/export/verify/verify.ts";
import { artifactsOf, random, seedWeights } from "../parity.ts";
import { on } from "../symbolic.ts";

const L = tfl.layers;
const TOO_MUCH = /above 0.0001/;

/** An LSTM of 128 units over 40 steps whose weights make it chaotic: each step enlarges a difference. */
async function chaotic(): Promise<LayersArtifacts> {
  const lstm = L.lstm({ units: 128, inputShape: [40, 16], recurrentInitializer: "glorotUniform" });
  const model = tfl.sequential({ layers: [lstm] });
  const next = random(5);
  const values = model.getWeights().map((w) =>
    tensor(
      Float32Array.from({ length: w.size }, () => 2 * (next() - 0.5)),
      w.shape,
    ),
  );
  model.setWeights(values);
  return artifactsOf(model);
}

/** The comparison of a graph with an original, which need not be of one model. */
function compare(
  artifacts: LayersArtifacts,
  conversion = convert(artifacts),
): Promise<OutputComparison[]> {
  return compareWithOriginal({
    artifacts,
    conversion,
    tolerance: TOLERANCE.fp32,
    openOriginal,
    runGraph: graphRunner(ort),
  });
}

test("a chaotic LSTM is above the tolerance, but within its own rounding", async () => {
  const rows = await compare(await chaotic());
  for (const row of rows) {
    assert.ok(row.relative > TOLERANCE.fp32, `${row.relative} needs no explanation`);
    assert.ok((row.sensitivity as number) > row.relative / 4);
    assert.match(verdictOf(row, TOLERANCE.fp32).text, /rounding moves it by \d/);
  }
  requireWithin(TOLERANCE.fp32, rows, "no file was written");
});

test("a wrong graph of that LSTM is found all the same", async () => {
  const artifacts = await chaotic();
  const topology = JSON.stringify(artifacts.modelTopology);
  const wrong = JSON.parse(
    topology.replace('"recurrent_activation":"hard_sigmoid"', '"recurrent_activation":"sigmoid"'),
  );
  assert.notEqual(JSON.stringify(wrong), topology);
  const rows = await compare(artifacts, convert({ ...artifacts, modelTopology: wrong }));
  for (const row of rows) assert.equal(verdictOf(row, TOLERANCE.fp32).passes, false);
});

test("a wrong weight of a model that rounds well is found, and no sensitivity excuses it", async () => {
  const model = tfl.sequential({ layers: [L.dense({ units: 3, inputShape: [4] })] });
  seedWeights(model, 1);
  const artifacts = await artifactsOf(model);
  const weightData = Float32Array.from(new Float32Array(artifacts.weightData as ArrayBuffer));
  weightData[0]! *= 1.01;
  const rows = await compare(artifacts, convert({ ...artifacts, weightData }));
  for (const row of rows) {
    assert.ok((row.sensitivity as number) < 1e-6);
    assert.match(verdictOf(row, TOLERANCE.fp32).text, TOO_MUCH);
  }
  assert.ok((await compare(artifacts)).every((row) => row.sensitivity === undefined));
});

test("verdicts: rounding is excused up to four times, noise is called so, NaN never passes", () => {
  const row = (relative: number, sensitivity?: number) =>
    verdictOf(
      {
        output: "y",
        batch: 1,
        shape: [1],
        absolute: 0,
        relative,
        ...(sensitivity === undefined ? {} : { sensitivity }),
      },
      1e-4,
    );
  assert.deepEqual(row(1e-4), { passes: true, text: "ok" });
  assert.deepEqual(row(1.1e-4), { passes: false, text: "above 0.0001" });
  assert.equal(row(3.9e-3, 1e-3).passes, true);
  assert.equal(row(4.1e-3, 1e-3).passes, false);
  assert.match(row(0.5, 0.2).text, /^not comparable: /);
  assert.equal(row(Number.NaN, 1).passes, false);
});

test("a moved weight differs by one unit in the last place; whole numbers, integers and bools stay", () => {
  const values = Float32Array.of(0.1, -3.3, 2, 0, 1e-30);
  const bytes = new Uint8Array(31);
  bytes.set(new Uint8Array(values.buffer));
  bytes.set(new Uint8Array(Int32Array.of(7).buffer), 20);
  bytes.set([1, 0, 0, 255, 17, 0, 0], 24);
  const weightSpecs = [
    { name: "f", shape: [5], dtype: "float32" },
    { name: "i", shape: [1], dtype: "int32" },
    { name: "b", shape: [3], dtype: "bool" },
    {
      name: "q",
      shape: [2],
      dtype: "float32",
      quantization: { dtype: "uint8", scale: 0.1, min: 0.05 },
    },
    { name: "o", shape: [2], dtype: "bool", group: "optimizer" },
  ];
  const moved = nudgedArtifacts({ modelTopology: {}, weightSpecs, weightData: bytes }, 1);
  const [f, i, b, q, ...none] = (moved as LayersArtifacts).weightData as [
    Float32Array,
    Int32Array,
    Uint8Array,
    Float32Array,
  ];
  assert.deepEqual([none, moved?.weightSpecs.map((s) => s.name)], [[], ["f", "i", "b", "q"]]);
  assert.deepEqual([[...i], [...b], [f[2], f[3]]], [[7], [1, 0, 0], [2, 0]]);
  for (const at of [0, 1, 4]) {
    const [was, is] = [new Int32Array(values.buffer)[at]!, new Int32Array(f.buffer)[at]!];
    assert.equal(Math.abs(was - is), 1);
  }
  assert.ok(Math.abs((q[0] as number) - 25.55) < 1e-5 && q[0] !== Math.fround(25.55));
  assert.equal(
    moved?.weightSpecs.some((s) => "quantization" in s),
    false,
  );
  const text = [{ name: "s", shape: [1], dtype: "string" }];
  assert.equal(
    nudgedArtifacts({ modelTopology: {}, weightSpecs: text, weightData: bytes }, 1),
    undefined,
  );
});

/** What is drawn for the inputs of a model. */
async function kinds(model: tfl.LayersModel, options: ConvertOptions = {}) {
  seedWeights(model, 1);
  const conversion = convert(await artifactsOf(model), options);
  return batchesOf(conversion)[1]!.feeds.map(({ info, data, shape }) => ({ info, data, shape }));
}

const isByte = (x: number) => Number.isInteger(x) && x >= 0 && x < 256;

test("images are 0 to 255 where the graph begins by rescaling them, and only there", async () => {
  const image = () => tfl.input({ shape: [8, 8, 3], name: "image" });
  const conv = () => L.conv2d({ filters: 2, kernelSize: 3 });
  for (const [first, bytes] of [
    [[L.rescaling({ scale: 1 / 255 })], true],
    [[L.zeroPadding2d({}), L.rescaling({ scale: 1 / 127.5, offset: -1 })], true],
    [[L.rescaling({ scale: 1, offset: -117 })], true],
    [[L.rescaling({ scale: 2 })], false],
    [[], false],
    // behind a layer of weights nothing is known of the input
    [[conv(), L.rescaling({ scale: 1 / 255 })], false],
  ] as const) {
    const x = image();
    const [feed] = await kinds(
      tfl.model({ inputs: x, outputs: [...first, conv()].reduce((y, layer) => on(y, layer), x) }),
    );
    assert.equal(feed?.info.values, bytes ? "bytes" : undefined);
    assert.equal(feed?.data.every(isByte), bytes);
    assert.equal(Math.max(...(feed?.data ?? [])) > 200, bytes);
  }
});

test("a model that predicts its next character reads rows with a single 1", async () => {
  const x = tfl.input({ shape: [7, 30], name: "characters" });
  const lstm = L.lstm({ units: 6, recurrentInitializer: "glorotUniform" });
  const y = on(x, lstm, L.dense({ units: 30, activation: "softmax" }));
  const [feed] = await kinds(tfl.model({ inputs: x, outputs: y }));
  assert.deepEqual(feed?.shape, [3, 7, 30]);
  for (let row = 0; row < 21; row++) {
    const values: number[] = feed?.data.slice(30 * row, 30 * row + 30) ?? [];
    assert.deepEqual(
      values.sort((a, b) => b - a),
      [1, ...Array(29).fill(0)],
    );
  }
  const other = on(x, lstm, L.dense({ units: 31, activation: "softmax" }));
  const [plain] = await kinds(tfl.model({ inputs: x, outputs: other }));
  assert.equal(plain?.info.values, undefined);
});

test("ids stay below the size of the smallest table that they index", async () => {
  const x = tfl.input({ shape: [50], name: "ids" });
  const [a, b] = [90, 40].map((inputDim) => on(x, L.embedding({ inputDim, outputDim: 2 })));
  const y = on([a as tfl.SymbolicTensor, b as tfl.SymbolicTensor], L.add());
  const [feed] = await kinds(tfl.model({ inputs: x, outputs: y }));
  assert.ok(feed?.data.every((id) => Number.isInteger(id) && id >= 0 && id < 40));
  assert.ok(Math.max(...(feed?.data ?? [])) > 30);
});
