/** fp16 and q8: every layer still runs and stays near fp32, sizes shrink, the encodings are right. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { tensor, tensor2d } from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { openSession } from "../../../node/session.ts";
import { builder } from "../../../pipeline/export/builder.ts";
import { addOutput } from "../../../pipeline/export/builtGraph.ts";
import { convert, type LayersArtifacts } from "../../../pipeline/export/convert.ts";
import type { Graph } from "../../../pipeline/export/ir.ts";
import { encode } from "../../../pipeline/export/onnx/encode.ts";
import { ModelProtoSchema, type ValueInfoProto } from "../../../pipeline/export/onnx/onnx_pb.ts";
import { removeDead } from "../../../pipeline/export/passes/cleanup.ts";
import { toFloat16, toHalf } from "../../../pipeline/export/precision/fp16.ts";
import { gridOf } from "../../../pipeline/export/precision/grid.ts";
import { packWeights, quantise } from "../../../pipeline/export/precision/q8.ts";
import { halfToFloat } from "../../../pipeline/export/weights.ts";
import { isHere, without } from "../../needs/needs.ts";
import { ALL_CASES } from "./allCases.ts";
import { artifactsOf, checkWithPython, compare, feed, ids, random, seedWeights } from "./parity.ts";
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
  skip: without("onnxChecker"),
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
  assert.deepEqual(
    Array.from(toHalf(Float32Array.of(Infinity, -Infinity, Number.NaN)), halfToFloat),
    [Infinity, -Infinity, Number.NaN],
  );
});

test("weights that are multiples of a scale keep their bits when they are packed, in fp16 as well", async () => {
  const next = random(3);
  const [rows, columns] = [40, 60];
  // One scale per column, 11 bits long, so that every multiple is a float32.
  const weights = Float32Array.from({ length: rows * columns }, (_, i) => {
    const multiple = i < columns ? 127 : Math.round((next() - 0.5) * 254);
    return multiple * ((1 + (i % columns)) / 1024);
  });
  const x = Float32Array.from({ length: 3 * rows }, () => next() - 0.5);
  const run = async (change: (graph: Graph) => void) => {
    const b = builder();
    const { graph } = b;
    const input = { name: "x", dtype: "float32", shape: ["batch", rows] } as const;
    graph.inputs.push(input);
    graph.values.set("x", input);
    graph.names.add("x").add("y");
    addOutput(graph, b.op("MatMul", [input, b.floats("w", weights, [rows, columns])]), "y");
    change(graph);
    removeDead(graph);
    const { parts } = encode(graph, {
      ...{ name: "packed", docString: "", producerVersion: "1", metadata: {}, valueInfo: true },
    });
    const bytes = Buffer.concat(parts);
    const session = await openSession(bytes);
    const { y } = await session.run({ x: { type: "float32", dims: [3, rows], data: x } });
    await session.close();
    return { y: y!.data as Float32Array, bytes: bytes.length };
  };
  const plain = await run(() => {});
  const packed = await run((graph) => packWeights(graph));
  assert.deepEqual(packed.y, plain.y);
  assert.ok(packed.bytes < plain.bytes / 3, `${packed.bytes} of ${plain.bytes}`);
  const half = await run((graph) => {
    packWeights(graph);
    toFloat16(graph);
  });
  assert.ok(half.bytes < plain.bytes / 3, `${half.bytes} of ${plain.bytes}`);
  for (const [i, y] of half.y.entries())
    assert.ok(
      Math.abs(y - plain.y[i]!) < 2e-2 * Math.max(1, Math.abs(plain.y[i]!)),
      `${y}, ${plain.y[i]}`,
    );
  weights[5] = weights[5]! + 1e-3;
  assert.equal((await run((graph) => packWeights(graph))).bytes, plain.bytes);
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
  if (isHere("onnxChecker")) checkWithPython(new Map([["ids", conversion.onnx]]));
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

/** Weights as tfjs's converter stores them: one uint8 scale for each tensor, its minimum a multiple of it or not. */
function storedAsUint8(
  artifacts: LayersArtifacts,
  { nudged }: { nudged: boolean },
): { stored: LayersArtifacts; decoded: LayersArtifacts } {
  const all = new Float32Array(artifacts.weightData as ArrayBuffer);
  const codes: number[] = [];
  const values: number[] = [];
  let at = 0;
  const weightSpecs = artifacts.weightSpecs.map((spec) => {
    const n = spec.shape.reduce((a, b) => a * b, 1);
    const data = all.subarray(at, at + n);
    at += n;
    const lowest = Math.min(...data);
    const scale = (Math.max(...data) - lowest) / 255 || 1;
    const min = nudged ? Math.round(lowest / scale) * scale : lowest;
    for (const v of data) {
      const code = Math.max(0, Math.min(255, Math.round((v - min) / scale)));
      codes.push(code);
      values.push(code * scale + min);
    }
    return { ...spec, quantization: { dtype: "uint8", scale, min } };
  });
  return {
    stored: { ...artifacts, weightSpecs, weightData: Uint8Array.from(codes) },
    decoded: { ...artifacts, weightData: Float32Array.from(values) },
  };
}

for (const nudged of [true, false]) {
  test(`q8 of weights that tfjs quantised to uint8 loses nothing more, ${nudged ? "with" : "without"} a level for 0`, async () => {
    const L = tfl.layers;
    const tokens = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
    const image = tfl.input({ shape: [8, 8, 16], name: "image" });
    const words = on(tokens, L.embedding({ inputDim: 500, outputDim: 32 }));
    const title = on(words, L.lstm({ units: 32, recurrentInitializer: "glorotUniform" }));
    // the factors of a batch normalisation, some of them negative, go into the weights before it
    const conv = on(image, L.conv2d({ filters: 64, kernelSize: 3 }), L.batchNormalization());
    const all = on([title, on(conv, L.globalMaxPooling2d({}))], L.concatenate());
    const model = tfl.model({ inputs: [tokens, image], outputs: on(all, L.dense({ units: 64 })) });
    seedWeights(model, 7);
    const { stored, decoded } = storedAsUint8(await artifactsOf(model), { nudged });
    let at = 0;
    for (const { name, shape } of decoded.weightSpecs) {
      const n = shape.reduce((a, b) => a * b, 1);
      const data = (decoded.weightData as Float32Array).slice(at, at + n);
      model.weights.find((w) => w.originalName === name)?.write(tensor(data, [...shape]));
      at += n;
    }
    const conversion = convert(stored, { dtype: "q8" });
    const full = convert(stored);
    assert.ok(conversion.initializerBytes < full.initializerBytes * 0.3);
    const pixels = { shape: [2, 8, 8, 16], data: Array.from({ length: 2048 }, random(3)) };
    await compare(model, conversion, [ids([2, 6], 500), pixels], 1e-4, { exact: true });
    if (isHere("onnxChecker")) checkWithPython(new Map([["uint8", conversion.onnx]]));
  });
}

test("a grid is found through permutations and factors, and nowhere else", () => {
  const next = random(8);
  const codes = Array.from({ length: 600 }, () => Math.floor(next() * 256));
  const values = (scale: number, min: number) => Float32Array.from(codes, (q) => q * scale + min);
  const check = (data: Float32Array, axis: number | undefined, zero: boolean) => {
    const grid = gridOf(data, [6, 100], axis);
    assert.ok(grid);
    assert.equal(grid.zero !== undefined, zero);
    for (const [i, v] of data.entries()) {
      const c = axis === undefined ? 0 : axis === 0 ? Math.floor(i / 100) : i % 100;
      const [scale, q] = [grid.scale[c]!, grid.q[i]!];
      const got = grid.zero ? (q - grid.zero[c]!) * scale : grid.offset[c]! + q * scale;
      assert.ok(Math.abs(got - v) <= 1e-6 * (1 + Math.abs(v)), `${got} for ${v}`);
    }
  };
  check(values(0.01, -1.28), undefined, true);
  check(values(0.01, -1.283), undefined, false);
  check(values(0.01, 0.02), 0, false);
  check(values(0.01, 0), 0, true);
  const scaled = values(0.01, -1.28).map((v, i) => Math.fround(v) * (Math.floor(i / 100) - 2.5));
  check(scaled, 0, true);
  assert.equal(gridOf(scaled, [6, 100]), undefined, "six grids are not one");
  const sparse = values(0.01, -1.28).map((v, i) =>
    i < 200 ? 0 : i < 300 ? 0.64 : i < 400 ? -0.3 : v,
  );
  check(sparse, 0, true);
  const noisy = values(0.01, -1.28).map((v) => v + 1e-4 * next());
  assert.equal(gridOf(noisy, [6, 100], 0), undefined);
});

/** The element type of a value in the file: 1 is float32, 10 float16. */
const typeOf = ({ type }: ValueInfoProto) =>
  type?.value.case === "tensorType" ? type.value.value.elemType : undefined;

test("norms, variances and long sums are float32 in fp16, and only they", async () => {
  const L = tfl.layers;
  const cosine = () => {
    const [a, b] = ["a", "b"].map((name) => tfl.input({ shape: [24, 40], name }));
    const inputs = [a, b] as tfl.SymbolicTensor[];
    return tfl.model({ inputs, outputs: on(inputs, L.dot({ axes: [2, 2], normalize: true })) });
  };
  const normalisation = () => {
    const x = tfl.input({ shape: [24, 40], name: "a" });
    return tfl.model({
      inputs: x,
      outputs: on(x, L.layerNormalization({ axis: 1, epsilon: 1e-9 })),
    });
  };
  const average = () => {
    const x = tfl.input({ shape: [2000, 4], name: "a" });
    return tfl.model({ inputs: x, outputs: on(x, L.globalAveragePooling1d({})) });
  };
  for (const [make, size] of [
    [cosine, 1e-3],
    [cosine, 300],
    [normalisation, 1e-3],
    [normalisation, 300],
    [average, 2000],
  ] as const) {
    const model = make();
    const conversion = convert(await artifactsOf(model), { dtype: "fp16" });
    const feeds = model.inputs.map((t, i) => {
      const { shape, data } = feed([2, ...(t.shape.slice(1) as number[])], i + 1);
      return { shape, data: data.map((v) => v * size) };
    });
    await compare(model, conversion, feeds, make === average ? 1 : 5e-3);
    // onnxruntime's CPU skips casts in a row, and so computes float32 where the file says float16
    const { graph } = fromBinary(ModelProtoSchema, conversion.onnx);
    const types = new Map(graph?.valueInfo.map((t) => [t.name, typeOf(t)]));
    const sums = graph?.node.filter(({ opType }) => /^Reduce(Sum|Mean)$/.test(opType)) ?? [];
    const squares = make === normalisation ? sums.slice(1) : sums;
    assert.ok(squares.length > 0);
    for (const { input, output } of squares)
      for (const name of [input[0], output[0]])
        assert.equal(types.get(name as string) ?? 1, 1, name);
    if (make === cosine)
      for (const { opType, input } of graph?.node ?? [])
        if (opType === "MatMul") for (const name of input) assert.equal(types.get(name), 10, name);
    if (isHere("onnxChecker")) checkWithPython(new Map([["fragile", conversion.onnx]]));
  }
});

test("fp16-weights: half the size, single precision, equal to what was stored as float16", async () => {
  for (const name of ["wide", "loop"] as const) {
    const L = tfl.layers;
    const tokens = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
    const words = on(tokens, L.embedding({ inputDim: 500, outputDim: 32 }));
    // swish is no activation of the LSTM operator: its weights are in the body of a Scan
    const activation = name === "loop" ? ("swish" as "tanh") : "tanh";
    const lstm = L.lstm({ units: 32, activation, recurrentInitializer: "glorotUniform" });
    const model = tfl.model({ inputs: tokens, outputs: on(words, lstm, L.dense({ units: 64 })) });
    seedWeights(model, 7);
    for (const w of model.weights) {
      const values = w.read().dataSync() as Float32Array;
      w.write(tensor(Float32Array.from(toHalf(values), halfToFloat), w.shape as number[]));
    }
    const artifacts = await artifactsOf(model);
    const [full, small] = [convert(artifacts), convert(artifacts, { dtype: "fp16-weights" })];
    assert.ok(
      small.initializerBytes < 0.52 * full.initializerBytes,
      `${small.initializerBytes} of ${full.initializerBytes} bytes`,
    );
    assert.equal(full.ops.Scan, name === "loop" ? 1 : undefined);
    assert.equal(small.ops.Gather, 1, "rows are cast, not the table");
    await compare(model, small, [ids([2, 6], 500)], 1e-5);
    if (isHere("onnxChecker")) checkWithPython(new Map([[name, small.onnx]]));
  }
});

test("fp16-weights leaves what float16 cannot hold as it is", async () => {
  const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 32, inputShape: [32] })] });
  const artifacts = await artifactsOf(model);
  for (const size of [1e-6, 1e6]) {
    const next = random(1);
    const weightData = Float32Array.from({ length: 32 * 33 }, () => size * (next() - 0.5));
    const [full, same] = [undefined, "fp16-weights" as const].map((dtype) =>
      convert({ ...artifacts, weightData }, dtype ? { dtype } : {}),
    );
    assert.equal(same?.initializerBytes, full?.initializerBytes);
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
  if (isHere("onnxChecker")) checkWithPython(new Map([["q8", small.onnx]]));
});

test("tables on a grid of 8 bits or fewer are stored as int8 in every precision, without loss", async () => {
  const [rows, columns] = [300, 16];
  const next = random(5);
  const gridOfBits = (bits: number) => {
    const largest = 2 ** (bits - 1) - 1;
    return Float32Array.from({ length: rows * columns }, (_, i) => {
      const scale = 2 ** -(Math.floor(i / columns) % 5) * 0.009765625;
      return (i % columns === 0 ? largest : Math.round((2 * next() - 1) * largest)) * scale;
    });
  };
  const make = (values: Float32Array) => {
    const embedding = tfl.layers.embedding({ inputDim: rows, outputDim: columns, inputLength: 3 });
    const model = tfl.sequential({ layers: [embedding, tfl.layers.flatten()] });
    model.setWeights([tensor2d(values, [rows, columns])]);
    return model;
  };
  const feeds = [ids([4, 3], rows)];
  for (const [bits, dtype] of [
    [8, "fp32"],
    [8, "fp16"],
    [8, "q8"],
    [5, "fp32"],
    [4, "q8"],
  ] as const) {
    const model = make(gridOfBits(bits));
    const conversion = convert(await artifactsOf(model), { dtype });
    assert.ok(conversion.initializerBytes < rows * (columns + 4) + 64, `${bits} bits, ${dtype}`);
    await compare(model, conversion, feeds, dtype === "fp16" ? 1e-3 : 0);
  }
  const off = gridOfBits(8);
  off[17]! *= 1.001;
  const kept = convert(await artifactsOf(make(off)));
  assert.ok(kept.initializerBytes >= 4 * rows * columns, "a table off the grid stays as it is");
});
