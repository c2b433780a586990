/** Weight data in every form in which TensorFlow.js and its users have it. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { bytesOf, type LayersArtifacts } from "../../../pipeline/export/artifacts.ts";
import {
  type ConvertOptions,
  convert,
  type ModelArtifacts,
} from "../../../pipeline/export/convert.ts";
import { openOriginal } from "../../../pipeline/export/verify/tfjs.ts";
import { artifactsOf, seedWeights } from "./parity.ts";

// checked by the compiler: whatever tfjs calls artifacts may be passed, as it is, to convert()
const toOnnx: (artifacts: tf.io.ModelArtifacts, options?: ConvertOptions) => unknown = convert;

function small(): tfl.LayersModel {
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 5, inputShape: [3], activation: "relu" }),
      tfl.layers.dense({ units: 2 }),
    ],
  });
  seedWeights(model, 3);
  return model;
}

const whole = await artifactsOf(small());
const buffer = whole.weightData as ArrayBuffer;
const expected = convert(whole).onnx;

test("the artifacts that tf.io.http(url).load() returns, their weights in several files", async () => {
  const bytes = Buffer.from(buffer);
  const files: Record<string, string | Buffer> = {
    "/model.json": JSON.stringify({
      format: "layers-model",
      generatedBy: "TensorFlow.js tfjs-layers v4.22.0",
      convertedBy: null,
      modelTopology: whole.modelTopology,
      weightsManifest: [{ paths: ["a.bin", "b.bin"], weights: whole.weightSpecs }],
    }),
    "/a.bin": bytes.subarray(0, 50), // inside a tensor, and inside a number
    "/b.bin": bytes.subarray(50),
  };
  const server = createServer((request, response) => response.end(files[request.url ?? ""]));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model.json`;
    const loaded = await tf.io.http(url).load?.();
    assert.ok(loaded && Array.isArray(loaded.weightData), "the form that this test is about");
    assert.deepEqual(
      (toOnnx(loaded) as { onnx: Uint8Array }).onnx,
      convert({ ...whole, ...origin(loaded) }).onnx,
    );
  } finally {
    server.close();
  }
});

/** What the file says about where it came from. */
const origin = ({ generatedBy, convertedBy }: ModelArtifacts) => ({ generatedBy, convertedBy });

test("buffers, typed arrays and lists of them give the same file", () => {
  const padded = new Uint8Array(buffer.byteLength + 7);
  padded.set(new Uint8Array(buffer), 3);
  const shared = new SharedArrayBuffer(buffer.byteLength);
  new Uint8Array(shared).set(new Uint8Array(buffer));
  const foreign = runInNewContext("new ArrayBuffer(size)", { size: buffer.byteLength });
  new Uint8Array(foreign).set(new Uint8Array(buffer));
  for (const weightData of [
    new Float32Array(buffer),
    new DataView(buffer),
    padded.subarray(3, 3 + buffer.byteLength),
    shared,
    foreign,
    [buffer.slice(0, 1), buffer.slice(1, 1), buffer.slice(1, 63), new Uint8Array(buffer, 63)],
  ] as LayersArtifacts["weightData"][]) {
    assert.deepEqual(convert({ ...whole, weightData }).onnx, expected);
  }
});

test("anything else is refused for what it is", () => {
  for (const [weightData, message] of [
    ["AAAA", /: weightData: must be an ArrayBuffer, a typed array or a list of them, it is AAAA/],
    [[buffer, null], /: weightData\[1\]: must be .*, it is null/],
    [{ 0: 1 }, /it is an object of class Object/],
    [[], /weight data is truncated: bytes 0 to 60 are needed, the data ends at 0/],
  ] as const) {
    assert.throws(() => convert({ ...whole, weightData: weightData as never }), {
      name: "ConvertError",
      message,
    });
  }
});

test("the comparison loads weights in parts, too", async () => {
  const weightData = [buffer.slice(0, 30), buffer.slice(30)];
  const run = await openOriginal({ ...whole, weightData });
  const info = { name: "x", dtype: "float32" as const, shape: [1, 3] };
  const feeds = [{ info, shape: [1, 3], data: [1, 2, 3] }];
  assert.deepEqual(run(feeds), (await openOriginal(whole))(feeds));
});

test("a run of bytes in parts reads as one", () => {
  const source = bytesOf([
    Uint8Array.of(0, 1),
    new Uint8Array(0),
    Uint8Array.of(2),
    Uint8Array.of(3, 4, 5),
  ]);
  assert.equal(source.byteLength, 6);
  for (let start = 0; start <= 6; start++)
    for (let end = start; end <= 6; end++)
      assert.deepEqual(Array.from(source.read(start, end)), [0, 1, 2, 3, 4, 5].slice(start, end));
});
