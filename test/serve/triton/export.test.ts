/** Triton model repositories: the configuration agrees with the graph, and a new version is added beside old ones. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBundle } from "../../../node/bundle.ts";
import { openSession } from "../../../node/session.ts";
import { labelsTarget } from "../../../predictor/targets/labels.ts";
import { tritonConfig } from "../../../serve/triton/config.ts";
import { start } from "../../pipeline/run/tinyRun.ts";
import { sampleManifest } from "../../predictor/sampleManifest.ts";
import { createLab, type Lab } from "../server.ts";

let lab: Lab;
let repository: string;
before(async () => {
  lab = await createLab();
  repository = join(lab.root, "triton");
});
after(() => lab.close());

function run(...args: string[]) {
  const all = ["--model", lab.model, "--out", repository, ...args];
  return start("serve/triton/main.ts", all).finished;
}

test("the first export is version 1, the next version 2", async () => {
  const first = await run();
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /tiny holds version 1; start Triton with --model-repository=/);
  const second = await run("--max-batch", "7", "--max-delay-ms", "0.5");
  assert.equal(second.code, 0, second.stderr);
  const folder = join(repository, "tiny");
  assert.deepEqual((await readdir(folder)).sort(), ["1", "2", "config.pbtxt", "labels.txt"]);
  assert.deepEqual(await readdir(join(folder, "2")), ["model.onnx"]);

  const { manifest, graph } = await openBundle(lab.model);
  assert.deepEqual(await readFile(join(folder, "2", "model.onnx")), graph);
  const labels = await readFile(join(folder, "labels.txt"), "utf8");
  assert.deepEqual(labels.trim().split("\n"), labelsTarget(manifest.target).labels);

  // What the configuration promises is what the graph takes.
  const config = await readFile(join(folder, "config.pbtxt"), "utf8");
  assert.match(config, /^name: "tiny"$/m);
  assert.match(config, /^backend: "onnxruntime"$/m);
  assert.match(config, /^max_batch_size: 7$/m);
  assert.match(config, /max_queue_delay_microseconds: 500 /);
  const inputs = [
    ...config.matchAll(
      /^input \{\n {2}name: "(\w+)"\n {2}data_type: TYPE_(\w+)\n {2}dims: \[ (.*) \]\n\}$/gm,
    ),
  ];
  assert.equal(inputs.length, manifest.graph.inputs.length);
  const arrays = { FP32: Float32Array, INT32: Int32Array, UINT8: Uint8Array } as const;
  const types = { FP32: "float32", INT32: "int32", UINT8: "uint8" } as const;
  const feeds = Object.fromEntries(
    inputs.map(([, name, type, dims]) => {
      const shape = [2, ...dims!.split(", ").map((size) => (size === "-1" ? 3 : Number(size)))];
      const size = shape.reduce((a, b) => a * b, 1);
      const kind = type as keyof typeof types;
      return [name!, { type: types[kind], dims: shape, data: new arrays[kind](size) }];
    }),
  );
  const session = await openSession(graph, { threads: 1 });
  // biome-ignore lint/suspicious/noExplicitAny: types and data are made to fit above
  const outputs = await session.run(feeds as any);
  await session.close();
  assert.deepEqual(outputs.probabilities!.dims, [2, 3]);
  assert.match(
    config,
    /output \{\n {2}name: "probabilities"\n {2}data_type: TYPE_FP32\n {2}dims: \[ 3 \]\n {2}label_filename: "labels.txt"\n\}/,
  );
});

const PARSE = `
import sys
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2
text_format.Parse(open(sys.argv[1]).read(), model_config_pb2.ModelConfig())
`;

import { PYTHON, without } from "../../needs/needs.ts";

test("Triton's own schema accepts the configuration", {
  skip: without("tritonClient"),
}, () => {
  const path = join(repository, "tiny", "config.pbtxt");
  const { status, stderr } = spawnSync(PYTHON, ["-c", PARSE, path], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
});

test("errors name a tensor without a batch dimension, and a folder that is not a bundle", async () => {
  const manifest = sampleManifest();
  manifest.graph.inputs = [{ name: "year", type: "float32", shape: [1, 1] }];
  assert.throws(() => tritonConfig(manifest, { maxBatch: 1, maxDelayMicroseconds: 0 }), {
    message: /tensor year has the shape \[1, 1\]; its first must be the batch/,
  });
  const { code, stderr } = await run("--model", join(lab.root, "none"));
  assert.equal(code, 1);
  assert.match(stderr, /none is not a bundle/);
});
