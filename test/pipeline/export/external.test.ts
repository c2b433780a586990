/** Weights in a file of their own, and files in parts. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import * as tfl from "@tensorflow/tfjs-layers";
import * as ort from "onnxruntime-node";
import { joined } from "../../../pipeline/export/artifacts.ts";
import { convert } from "../../../pipeline/export/convert.ts";
import {
  ModelProtoSchema,
  TensorProto_DataLocation,
} from "../../../pipeline/export/onnx/onnx_pb.ts";
import { graphRunner } from "../../../pipeline/export/verify/onnx.ts";
import { openOriginal } from "../../../pipeline/export/verify/tfjs.ts";
import { compareWithOriginal } from "../../../pipeline/export/verify/verify.ts";
import { startOf } from "../../builtProgram.ts";
import { isHere } from "../../needs/needs.ts";
import { artifactsOf, seedWeights } from "./parity.ts";

const L = tfl.layers;
const folder = mkdtempSync(join(tmpdir(), "external-"));
after(() => rmSync(folder, { recursive: true }));

const model = tfl.sequential({
  layers: [
    L.conv2d({ filters: 16, kernelSize: 3, inputShape: [12, 12, 3], activation: "relu" }),
    L.flatten(),
    L.dense({ units: 300, activation: "relu" }),
    L.dense({ units: 7 }),
  ],
});
seedWeights(model, 2);
const artifacts = await artifactsOf(model);
const whole = convert(artifacts);

test("the parts are the file", () => {
  assert.deepEqual(joined(whole.parts), whole.onnx);
  assert.ok(whole.parts.length > 8);
  assert.equal(whole.onnx, whole.onnx, "joined once");
  assert.equal(whole.externalData, undefined);
});

test("weights beside the file are what was in it, aligned, and small constants stay", async () => {
  const path = "weights.data";
  const split = convert(artifacts, { externalData: { path, above: 1000 } });
  const { externalData } = split;
  assert.ok(externalData);
  const bytes = joined(externalData.parts);
  assert.equal(bytes.length, externalData.byteLength);
  assert.ok(split.onnx.length < 5000);
  const [inside, outside] = [whole, split].map(
    ({ onnx }) => fromBinary(ModelProtoSchema, onnx).graph,
  );
  assert.equal(outside?.initializer.length, inside?.initializer.length);
  const external = [];
  for (const [i, tensor] of (outside?.initializer ?? []).entries()) {
    const before = inside?.initializer[i];
    assert.deepEqual([tensor.name, tensor.dims], [before?.name, before?.dims]);
    if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) {
      assert.ok((before?.rawData.length ?? 0) < 1024);
      assert.deepEqual(tensor.rawData, before?.rawData);
      continue;
    }
    external.push(tensor.name);
    const place = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
    assert.equal(place.get("location"), path);
    const [offset, length] = [Number(place.get("offset")), Number(place.get("length"))];
    assert.equal(offset % (length >= 2 ** 20 ? 65536 : 64), 0);
    assert.deepEqual(bytes.subarray(offset, offset + length), before?.rawData);
    assert.equal(tensor.rawData.length, 0);
  }
  assert.ok(external.length >= 3, `${external}`);
  const above = convert(artifacts, { externalData: { path } });
  assert.deepEqual(above.onnx, whole.onnx, "a small model needs no second file");
  const rows = await compareWithOriginal({
    artifacts,
    conversion: split,
    tolerance: 1e-5,
    openOriginal,
    runGraph: graphRunner(ort),
  });
  for (const { relative } of rows) assert.ok(relative <= 1e-5);
});

/** Writes a model.json with its weights in two files, and runs the command on it. */
function command(name: string, ...args: string[]) {
  mkdirSync(join(folder, name));
  const bytes = new Uint8Array(artifacts.weightData as ArrayBuffer);
  writeFileSync(join(folder, name, "a.bin"), bytes.subarray(0, 1999));
  writeFileSync(join(folder, name, "b.bin"), bytes.subarray(1999));
  const weightsManifest = [{ paths: ["a.bin", "b.bin"], weights: artifacts.weightSpecs }];
  const json = { modelTopology: artifacts.modelTopology, weightsManifest };
  writeFileSync(join(folder, name, "model.json"), JSON.stringify(json));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...startOf("pipeline/export/cli/main.ts"), join(folder, name, "model.json"), ...args],
    { encoding: "utf8" },
  );
  return { status, stdout, stderr, files: () => readdirSync(join(folder, name)).sort() };
}

test("the command writes both files, which runtimes read together", async () => {
  const out = join(folder, "both", "out.onnx");
  const { status, stdout, stderr, files } = command(
    "both",
    out,
    "--external-data",
    "0",
    "--verify",
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /MB \(\d\.\d\d MB of it in out\.onnx\.data\), /);
  assert.deepEqual(files(), ["a.bin", "b.bin", "model.json", "out.onnx", "out.onnx.data"]);
  const session = await ort.InferenceSession.create(out);
  const feed = new ort.Tensor("float32", new Float32Array(432).fill(0.5), [1, 12, 12, 3]);
  const [name] = session.inputNames as [string];
  const direct = await ort.InferenceSession.create(whole.onnx);
  const [got, want] = [await session.run({ [name]: feed }), await direct.run({ [name]: feed })];
  assert.deepEqual(Object.values(got)[0]?.data, Object.values(want)[0]?.data);
  if (isHere("onnxChecker")) {
    const script = "import onnx, sys; onnx.checker.check_model(sys.argv[1], full_check=True)";
    execFileSync("/usr/bin/python3", ["-c", script, out]);
  }
});

test("where the second file cannot take its name, none is written", () => {
  const name = "blocked";
  mkdirSync(join(folder, `${name}-out`, "out.onnx.data", "full"), { recursive: true });
  const out = join(folder, `${name}-out`, "out.onnx");
  const { status, stderr } = command(name, out, "--external-data", "0");
  assert.equal(status, 1);
  assert.match(stderr, /^error: .*out\.onnx: the file cannot be written: /);
  assert.deepEqual(readdirSync(join(folder, `${name}-out`)), ["out.onnx.data"]);
});

test("wrong numbers of bytes are refused", () => {
  const { status, stderr } = command("wrong", join(folder, "x.onnx"), "--external-data", "-1x");
  assert.equal(status, 2);
  assert.match(stderr, /external-data/);
});
