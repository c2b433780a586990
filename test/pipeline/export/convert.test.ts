/** The library entry: options, names, types, determinism and refusals. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import * as tfl from "@tensorflow/tfjs-layers";
import { convert } from "../../../pipeline/export/convert.ts";
import { ConvertError } from "../../../pipeline/export/errors.ts";
import { ModelProtoSchema } from "../../../pipeline/export/onnx/onnx_pb.ts";
import { artifactsOf, compare, feed, ids, seedWeights } from "./parity.ts";
import { on } from "./symbolic.ts";

const L = tfl.layers;

/** Several inputs of several types and several outputs, as the project's own model has. */
function manyModel(): tfl.LayersModel {
  const tokens = tfl.input({ shape: [6], name: "tokens", dtype: "int32" });
  const poster = tfl.input({ shape: [8, 8, 3], name: "poster", dtype: "int32" });
  const stars = tfl.input({ shape: [null], name: "stars" });
  const users = tfl.input({ shape: [null], name: "users", dtype: "int32" });
  const words = on(tokens, L.embedding({ inputDim: 11, outputDim: 4 }));
  const scores = on(words, L.dense({ units: 1 }), L.flatten());
  const attention = on(scores, L.softmax({ name: "attention" }));
  const title = on([attention, words], L.dot({ axes: [1, 1] }));
  const pixels = on(poster, L.rescaling({ scale: 1 / 127.5, offset: -1 }));
  const conv = on(pixels, L.conv2d({ filters: 4, kernelSize: 3 }));
  const image = on(conv, L.batchNormalization(), L.globalAveragePooling2d({}));
  const userVectors = on(users, L.embedding({ inputDim: 7, outputDim: 4 }));
  const rated = on([stars, userVectors], L.dot({ axes: [1, 1] }));
  // the tokens once more, as numbers: an integer input shared by an embedding and a rescaling
  const counts = on(tokens, L.rescaling({ scale: 0.1 }), L.dense({ units: 4 }));
  const all = on([title, image, rated, counts], L.concatenate());
  const out = on(all, L.dense({ units: 3, activation: "sigmoid", name: "genres" }));
  return tfl.model({
    inputs: [tokens, poster, stars, users],
    outputs: [out, attention],
    name: "many",
  });
}

const FEEDS = [ids([2, 6], 11), ids([2, 8, 8, 3], 256), feed([2, 5]), ids([2, 5], 7)];

test("inputs are fed in the types asked for, outputs carry the names asked for", async () => {
  const model = manyModel();
  seedWeights(model, 1);
  const conversion = convert(await artifactsOf(model), {
    inputs: {
      poster: { dtype: "uint8" },
      users: { shape: ["batch", "ratings"] },
      stars: { shape: ["batch", "ratings"] },
    },
    outputNames: ["probabilities", "title_attention"],
    metadata: { b: "2", a: "1" },
  });
  assert.deepEqual(conversion.inputs, [
    { name: "tokens", dtype: "int32", shape: ["batch", 6], below: 11 },
    { name: "poster", dtype: "uint8", shape: ["batch", 8, 8, 3] },
    { name: "stars", dtype: "float32", shape: ["batch", "ratings"] },
    { name: "users", dtype: "int32", shape: ["batch", "ratings"], below: 7 },
  ]);
  assert.deepEqual(conversion.outputs, [
    { name: "probabilities", dtype: "float32", shape: ["batch", 3] },
    { name: "title_attention", dtype: "float32", shape: ["batch", 6] },
  ]);
  assert.equal(conversion.ops.Cast, 2, "one cast for each integer input that is computed with");
  await compare(model, conversion, FEEDS, 1e-5);
});

test("without options names come from the layers, and the same model gives the same bytes", async () => {
  const model = manyModel();
  seedWeights(model, 2);
  const artifacts = await artifactsOf(model);
  const [a, b] = [convert(artifacts), convert(structuredClone(artifacts))];
  assert.deepEqual(a.onnx, b.onnx);
  assert.deepEqual(
    a.outputs.map((t) => t.name),
    ["genres", "attention"],
  );
  await compare(model, a, FEEDS, 1e-5);
});

test("every layer that cannot be converted is named with its path, in one error", async () => {
  const x = tfl.input({ shape: [2], name: "x" });
  const inner = tfl.sequential({
    name: "inner",
    layers: [L.dense({ units: 2, inputShape: [2], name: "odd" })],
  });
  const even = on(x, L.dense({ units: 2, name: "even" }));
  const model = tfl.model({ inputs: x, outputs: [even, on(x, inner)] });
  const artifacts = await artifactsOf(model);
  const topology = JSON.stringify(artifacts.modelTopology).replaceAll('"Dense"', '"Strange"');
  assert.throws(
    () => convert({ ...artifacts, modelTopology: JSON.parse(topology) }),
    (error: unknown) => {
      assert.ok(error instanceof ConvertError);
      assert.deepEqual(
        error.issues.map((p) => p.path),
        ["even", "inner/odd"],
      );
      assert.match(
        error.message,
        /unknown layer class "Strange"; docs\/converter.md lists all known classes/,
      );
      return true;
    },
  );
});

test("the file says what it is, and its nodes and weights keep the layers' names", async () => {
  const model = manyModel();
  seedWeights(model, 4);
  const { onnx } = convert(await artifactsOf(model), {
    dtype: "q8",
    metadata: { licence: "none" },
  });
  const file = fromBinary(ModelProtoSchema, onnx);
  assert.deepEqual(
    [file.irVersion, file.opsetImport[0]?.version, file.producerName],
    [8n, 17n, "marquee"],
  );
  assert.match(file.docString, /model "many"/);
  assert.deepEqual(Object.fromEntries(file.metadataProps.map(({ key, value }) => [key, value])), {
    licence: "none",
    precision: "q8",
    source: "TensorFlow.js LayersModel",
  });
  const graph = file.graph;
  assert.equal(graph?.name, "many");
  const nodes = new Set(graph?.node.map((n) => n.name));
  assert.ok(nodes.has("genres/MatMul") && nodes.has("attention/Softmax"), [...nodes].join(" "));
  assert.ok(graph?.initializer.some((t) => t.name === "genres/kernel"));
});

test("every value between inputs and outputs has its type and shape in the file, unless it is left out", async () => {
  const model = manyModel();
  seedWeights(model, 4);
  const artifacts = {
    ...(await artifactsOf(model)),
    generatedBy: "keras v2.12.0",
    convertedBy: "TensorFlow.js Converter v4.4.0",
  };
  for (const dtype of ["fp32", "fp16", "q8"] as const) {
    const { graph, metadataProps } = fromBinary(
      ModelProtoSchema,
      convert(artifacts, { dtype }).onnx,
    );
    const outputs = new Set(graph?.output.map((t) => t.name));
    const inner = graph?.node.flatMap((n) => n.output).filter((name) => !outputs.has(name));
    assert.deepEqual(
      graph?.valueInfo.map((t) => t.name),
      inner,
    );
    assert.ok(graph?.valueInfo.every((t) => t.type?.value.case === "tensorType"));
    const metadata = new Map(metadataProps.map(({ key, value }) => [key, value]));
    assert.equal(metadata.get("generatedBy"), "keras v2.12.0");
    assert.equal(metadata.get("convertedBy"), "TensorFlow.js Converter v4.4.0");
  }
  const bare = fromBinary(ModelProtoSchema, convert(artifacts, { valueInfo: false }).onnx);
  assert.deepEqual(bare.graph?.valueInfo, []);
});

test("a fixed batch and fixed sizes may be asked for", async () => {
  const model = manyModel();
  seedWeights(model, 5);
  const conversion = convert(await artifactsOf(model), {
    inputs: {
      tokens: { shape: [2, 6] },
      poster: { shape: [2, 8, 8, 3] },
      stars: { shape: [2, 5] },
      users: { shape: [2, 5] },
    },
  });
  assert.deepEqual(conversion.outputs[0]?.shape, [2, 3]);
  await compare(model, conversion, FEEDS, 1e-5);
});
