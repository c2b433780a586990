/** fp16 and q8: every layer still runs and stays near fp32, sizes shrink, the encodings are right. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { tensor2d } from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { convert } from "../../../pipeline/export/convert.ts";
import { toHalf } from "../../../pipeline/export/precision/fp16.ts";
import { quantise } from "../../../pipeline/export/precision/q8.ts";
import { halfToFloat } from "../../../pipeline/export/weights.ts";
import { ALL_CASES } from "./allCases.ts";
import {
  artifactsOf,
  checkWithPython,
  compare,
  hasChecker,
  ids,
  random,
  seedWeights,
} from "./parity.ts";
import { on } from "./symbolic.ts";

const halves = new Map<string, Uint8Array>();

for (const [index, [name, make]] of Object.entries(ALL_CASES).entries()) {
  test(`fp16: ${name}`, async () => {
    const made = make();
    seedWeights(made.model, index + 1);
    const conversion = convert(await artifactsOf(made.model), { ...made.options, dtype: "fp16" });
    for (const { dtype } of [...conversion.inputs, ...conversion.outputs])
      assert.notEqual(dtype, "float16");
    await compare(made.model, conversion, made.feeds, 2e-2);
    halves.set(`${index}_${name}`, conversion.onnx);
  });
}

test("onnx.checker accepts every fp16 graph", {
  skip: !hasChecker() && "python3-onnx is not installed",
}, () => {
  checkWithPython(halves);
});

test("float16 rounds to nearest even and keeps to the range", () => {
  const next = random(9);
  const values = Float32Array.from(
    { length: 2000 },
    (_, i) => (next() - 0.5) * 2 ** ((i % 48) - 30),
  );
  const back = Array.from(toHalf(values), halfToFloat);
  for (const [i, v] of values.entries()) {
    const unit = Math.max(2 ** -24, 2 ** (Math.floor(Math.log2(Math.abs(v))) - 10));
    const clamped = Math.max(-65504, Math.min(65504, v));
    assert.ok(Math.abs((back[i] as number) - clamped) <= unit / 2, `${v} became ${back[i]}`);
  }
  assert.deepEqual(
    Array.from(toHalf(Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 1e9, -1e9)), halfToFloat),
    [1, 1 + 2 ** -9, 65504, -65504],
  );
});

test("float ids far above 2048 reach the embedding unharmed in fp16", async () => {
  const model = tfl.sequential({
    layers: [
      tfl.layers.embedding({ inputDim: 9000, outputDim: 2, inputLength: 3 }),
      tfl.layers.flatten(),
    ],
  });
  seedWeights(model, 2);
  const conversion = convert(await artifactsOf(model), { dtype: "fp16" });
  await compare(model, conversion, [ids([2, 3], 9000)], 1e-3);
});

test("ids that are computed from other ids reach the embedding unharmed in fp16", async () => {
  const input = tfl.input({ shape: [3], name: "ids", dtype: "int32" });
  const numbers = on(input, tfl.layers.rescaling({ scale: 1, offset: -3000 }));
  const past = on(numbers, tfl.layers.reLU({}));
  const first = on(input, tfl.layers.reLU({ maxValue: 3001 }));
  const rows = on([past, first], tfl.layers.add());
  const vectors = on(rows, tfl.layers.embedding({ inputDim: 9002, outputDim: 2 }));
  // The same numbers as data: those are halved.
  const shares = on(past, tfl.layers.rescaling({ scale: 1e-4 }));
  const flat = on(vectors, tfl.layers.flatten());
  const model = tfl.model({
    inputs: input,
    outputs: on([flat, shares], tfl.layers.concatenate()),
  });
  seedWeights(model, 2);
  const conversion = convert(await artifactsOf(model), { dtype: "fp16" });
  await compare(model, conversion, [ids([20, 3], 9000)], 1e-3);
  if (hasChecker()) checkWithPython(new Map([["ids", conversion.onnx]]));
});

test("quantisation errs by at most half a step of its channel", () => {
  const next = random(4);
  const data = Float32Array.from({ length: 60 }, () => next() * 4 - 2);
  const { q, scale } = quantise(data, [3, 4, 5], 1);
  for (const [i, v] of data.entries()) {
    const step = scale[Math.floor(i / 5) % 4] as number;
    assert.ok(Math.abs((q[i] as number) * step - v) <= step / 2 + 1e-7);
  }
});

test("q8 of a model with every kind of weight is a quarter of the size and close", async () => {
  const L = tfl.layers;
  const tokens = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
  const image = tfl.input({ shape: [8, 8, 16], name: "image" });
  const words = on(tokens, L.embedding({ inputDim: 500, outputDim: 32 }));
  const layer = L.lstm({ units: 32, recurrentInitializer: "glorotUniform" });
  const title = on(words, L.bidirectional({ layer, mergeMode: "concat" }));
  const conv = on(image, L.conv2d({ filters: 64, kernelSize: 3, activation: "relu" }));
  const poster = on(conv, L.globalMaxPooling2d({}));
  const all = on([title, poster], L.concatenate());
  const model = tfl.model({
    inputs: [tokens, image],
    outputs: on(all, L.dense({ units: 64, activation: "sigmoid" })),
  });
  seedWeights(model, 7);
  const artifacts = await artifactsOf(model);
  const [full, small] = [convert(artifacts), convert(artifacts, { dtype: "q8" })];
  assert.ok(
    small.initializerBytes < full.initializerBytes * 0.29,
    `${small.initializerBytes} of ${full.initializerBytes} bytes`,
  );
  assert.equal(small.ops.DequantizeLinear, 4);
  const image2 = { shape: [2, 8, 8, 16], data: Array.from({ length: 2048 }, random(3)) };
  await compare(model, small, [ids([2, 6], 500), image2], 0.05);
  if (hasChecker()) checkWithPython(new Map([["q8", small.onnx]]));
});

test("tables that are on an 8-bit grid are stored as int8 in every precision, without loss", async () => {
  const [rows, columns] = [300, 16];
  const next = random(5);
  const grid = Float32Array.from({ length: rows * columns }, (_, i) => {
    const scale = 2 ** -(Math.floor(i / columns) % 5) * 0.009765625;
    return (i % columns === 0 ? 127 : Math.round(next() * 254 - 127)) * scale;
  });
  const make = (values: Float32Array) => {
    const embedding = tfl.layers.embedding({ inputDim: rows, outputDim: columns, inputLength: 3 });
    const model = tfl.sequential({ layers: [embedding, tfl.layers.flatten()] });
    model.setWeights([tensor2d(values, [rows, columns])]);
    return model;
  };
  const model = make(grid);
  const feeds = [ids([4, 3], rows)];
  for (const dtype of ["fp32", "fp16", "q8"] as const) {
    const conversion = convert(await artifactsOf(model), { dtype });
    assert.ok(conversion.initializerBytes < rows * (columns + 4) + 64, dtype);
    await compare(model, conversion, feeds, dtype === "fp16" ? 1e-3 : 0);
  }
  const off = grid.slice();
  off[17]! *= 1.001;
  const kept = convert(await artifactsOf(make(off)));
  assert.ok(kept.initializerBytes >= 4 * rows * columns, "a table off the grid stays as it is");
});
