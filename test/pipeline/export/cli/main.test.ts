/** The command: files in, a file out, exit status and messages. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import * as tfl from "@tensorflow/tfjs-layers";
import { convert } from "../../../../pipeline/export/convert.ts";
import { startOf } from "../../../builtProgram.ts";
import { GraphWriter } from "../graph/graphs.ts";
import { readKeras3 } from "../keras3.ts";
import { artifactsOf, seedWeights } from "../parity.ts";
import { on } from "../symbolic.ts";

const L = tfl.layers;
const folder = mkdtempSync(join(tmpdir(), "convert-"));
after(() => rmSync(folder, { recursive: true }));

const tokens = tfl.input({ shape: [5], name: "tokens", dtype: "int32" });
const words = on(tokens, L.embedding({ inputDim: 7, outputDim: 40, maskZero: true }));
const last = on(words, L.lstm({ units: 30, recurrentInitializer: "glorotUniform" }));
const model = tfl.model({
  inputs: tokens,
  outputs: on(last, L.dense({ units: 40, activation: "sigmoid", name: "labels" })),
});
seedWeights(model, 6);
const artifacts = await artifactsOf(model);

/** Writes model.json with its weights cut into three files in the middle of tensors. */
function save(name: string, change: (json: Record<string, unknown>) => void = () => {}): string {
  const bytes = new Uint8Array(artifacts.weightData as ArrayBuffer);
  const cuts = [0, 1001, 5003, bytes.length];
  const paths = [1, 2, 3].map((i) => {
    const path = `${name}-shard${i}of3.bin`;
    writeFileSync(join(folder, path), bytes.subarray(cuts[i - 1], cuts[i]));
    return path;
  });
  const json = {
    format: "layers-model",
    modelTopology: artifacts.modelTopology,
    weightsManifest: [{ paths, weights: artifacts.weightSpecs }],
  };
  change(json);
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify(json));
  return path;
}

function runWith(environment: Record<string, string>, ...args: string[]) {
  const { DEBUG: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...startOf("pipeline/export/cli/main.ts"), ...args],
    { encoding: "utf8", env: { ...env, ...environment } },
  );
  return { status, stdout, stderr };
}

const run = (...args: string[]) => runWith({}, ...args);

test("a mark of UTF-8 in front of the JSON is read past", () => {
  const path = save("marked");
  writeFileSync(path, `\uFEFF${readFileSync(path, "utf8")}`);
  const { status, stderr } = run(path, join(folder, "marked.onnx"));
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
});

test("writes the bytes of convert(), and compares both models at two batch sizes", async () => {
  const out = join(folder, "model.onnx");
  const { status, stdout, stderr } = run(save("model"), out, "--verify");
  assert.equal(stderr, "");
  assert.equal(status, 0);
  assert.match(stdout, /output\s+shape\s+max abs error\s+max rel error/);
  assert.match(stdout, /labels\s+\[1, 40\]\s+\d\.\d\de-\d+\s+\d\.\d\de-\d+\s+ok/);
  assert.match(stdout, /labels\s+\[3, 40\]/);
  assert.match(stdout, /note: 1 node computes hardSigmoid.* convert for throughput.*: lstm_LSTM1/);
  assert.deepEqual(new Uint8Array(readFileSync(out)), convert(artifacts).onnx);
});

/** A fixture of Keras 3 as files. */
function saveKeras3(name: string): string {
  const { modelTopology, weightSpecs, weightData } = readKeras3(name).artifacts;
  writeFileSync(join(folder, `${name}.bin`), weightData as Uint8Array);
  const weightsManifest = [{ paths: [`${name}.bin`], weights: weightSpecs }];
  const path = join(folder, `${name}.json`);
  writeFileSync(path, JSON.stringify({ format: "layers-model", modelTopology, weightsManifest }));
  return path;
}

test("a model of Keras 3 is compared as rewritten, or the report says why it is not", () => {
  const compared = run(saveKeras3("steps_h5"), join(folder, "steps.onnx"), "--verify");
  assert.deepEqual([compared.status, compared.stderr], [0, ""]);
  assert.match(compared.stdout, /simple_rnn\s+\[3, 2\]\s+\S+\s+\S+\s+ok/);
  const out = join(folder, "text.onnx");
  const alone = run(saveKeras3("text_h5"), out, "--verify");
  assert.deepEqual([alone.status, alone.stderr], [0, ""]);
  assert.match(
    alone.stdout,
    /^not compared: TensorFlow.js cannot serve as the reference for this model: .*it has no reset_after: gru \(GRU\), gru_1 \(GRU\)/,
  );
  assert.ok(existsSync(out));
});

test("q8 with --verify: size and distance to fp32 are reported, names and shapes as asked", () => {
  const out = join(folder, "small.onnx");
  const { status, stdout } = run(
    save("small"),
    out,
    "--dtype",
    "q8",
    "--verify",
    "--output-names",
    "genres",
    "--input-shape",
    "tokens=n,5",
  );
  assert.equal(status, 0, stdout);
  assert.match(stdout, /against fp32: abs/);
  assert.match(stdout, /genres/);
  assert.match(stdout, /q8, \d+\.\d kB, \d+\.\d % of fp32/);
});

test("a Keras topology with uint16 weights in shards, for one row of 128 tokens", async () => {
  const input = tfl.input({ shape: [null as unknown as number], name: "x", dtype: "int32" });
  const table = on(input, L.embedding({ inputDim: 60, outputDim: 24, name: "words" }));
  const gru = L.gru({ units: 20, recurrentInitializer: "glorotUniform", name: "gru" });
  const text = tfl.model({ inputs: input, outputs: on(table, gru) });
  seedWeights(text, 8);
  const { modelTopology, weightSpecs, weightData } = await artifactsOf(text);
  // one scale for all weights: seedWeights keeps them in [-0.5, 0.5]
  const [min, scale] = [-0.5, 1 / 65535];
  const codes = Uint16Array.from(new Float32Array(weightData as ArrayBuffer), (v) =>
    Math.round((v - min) / scale),
  );
  const bytes = new Uint8Array(codes.buffer);
  writeFileSync(join(folder, "group1-shard1of2.bin"), bytes.subarray(0, 777));
  writeFileSync(join(folder, "group1-shard2of2.bin"), bytes.subarray(777));
  const weights = weightSpecs.map((spec) => ({
    ...spec,
    name: spec.name.replace(/^gru\//, "gru/gru_cell_3/"),
    quantization: { dtype: "uint16", min, scale, original_dtype: "float32" },
  }));
  const json = {
    format: "layers-model",
    generatedBy: "keras v2.12.0",
    modelTopology: {
      keras_version: "2.12.0",
      backend: "tensorflow",
      model_config: { ...(modelTopology as object), class_name: "Functional" },
    },
    weightsManifest: [{ paths: ["group1-shard1of2.bin", "group1-shard2of2.bin"], weights }],
  };
  const [path, out] = [join(folder, "keras.json"), join(folder, "keras.onnx")];
  writeFileSync(path, JSON.stringify(json));
  const args = ["--dtype", "q8", "--verify", "--input-shape", "x=1,128"];
  const { status, stdout, stderr } = run(path, out, ...args);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /gru\s+\[1, 20\].*ok\n/);
  assert.match(stdout, /WebGPU: needs forceCpuNodeNames: \["gru\/GRU"\]/);
});

test("q8 without --verify: the error against fp32 is reported all the same", () => {
  const out = join(folder, "plain.onnx");
  const { status, stdout } = run(save("plain"), out, "--dtype", "q8", "--for", "throughput");
  assert.equal(status, 0);
  const expected = convert(artifacts, { dtype: "q8", for: "throughput" });
  assert.deepEqual(new Uint8Array(readFileSync(out)), expected.onnx);
  assert.deepEqual(expected.warnings, []);
  assert.equal(expected.ops.Scan, 1);
  assert.match(stdout, /error against fp32: \d\.\d\de-\d+ absolute, \d\.\d\de-\d+ of the largest/);
});

test("above the tolerance: exit status 1, and no file", () => {
  const out = join(folder, "strict.onnx");
  const { status, stderr, stdout } = run(
    save("strict"),
    out,
    "--dtype",
    "q8",
    "--verify",
    "--tolerance",
    "1e-9",
  );
  assert.equal(status, 1);
  assert.match(stdout, /above 1e-9/);
  assert.match(
    stderr,
    /labels: at batch size 1 the relative error is .* above the tolerance 1e-9; no file was written/,
  );
  assert.equal(existsSync(out), false);
});

test("a damaged model: one sentence, no stack, no file", () => {
  const path = save("damaged", (json) => {
    (json.weightsManifest as { paths: string[] }[])[0]?.paths.push("gone.bin");
  });
  const out = join(folder, "damaged.onnx");
  const { status, stderr, stdout } = run(path, out);
  assert.equal(status, 2);
  assert.equal(stdout, "");
  assert.equal(
    stderr,
    "error: Cannot convert the model: gone.bin: the weight file cannot be read: there is no such file.\n",
  );
  assert.equal(
    readdirSync(folder).some((f) => f.startsWith("damaged.onnx")),
    false,
  );
});

test("a Sequential without an InputLayer, fed as pixels", async () => {
  const layers = [
    L.conv2d({ inputShape: [null, null, 3], filters: 2, kernelSize: 3 }),
    L.globalMaxPooling2d({}),
  ];
  const sequential = await artifactsOf(tfl.sequential({ name: "pixels", layers }));
  const weights = new Uint8Array(sequential.weightData as ArrayBuffer);
  writeFileSync(join(folder, "pixels.bin"), weights);
  const json = {
    modelTopology: sequential.modelTopology,
    weightsManifest: [{ paths: ["pixels.bin"], weights: sequential.weightSpecs }],
  };
  writeFileSync(join(folder, "pixels.json"), JSON.stringify(json));
  const { status, stdout, stderr } = run(
    join(folder, "pixels.json"),
    join(folder, "pixels.onnx"),
    "--verify",
    "--dtype",
    "fp16",
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /\[3, 2\].*ok/);
});

test("a file that is no JSON, and arguments that are none", () => {
  writeFileSync(join(folder, "text.json"), "weights");
  const out = join(folder, "none.onnx");
  for (const [args, message] of [
    [
      [join(folder, "text.json"), out],
      /^error: Cannot convert the model: .*text\.json: the model cannot be read: it is not JSON/,
    ],
    [[join(folder, "absent.json"), out], /there is no such file/],
    [[folder, out], /the model cannot be read: it is a folder; give the model\.json in it/],
    [[save("options"), out, "--input-dtype", "tokens=float64"], /types are uint8, int32/],
  ] as const) {
    const { status, stderr } = run(...args);
    assert.equal(status, 2);
    assert.match(stderr, message);
  }
  assert.equal(existsSync(out), false);
});

test("wrong options and models: an error of one sentence, exit status 2", () => {
  const out = join(folder, "mend.onnx");
  for (const [args, expected] of [
    [[], "error: missing required argument 'model.json'\n"],
    [
      ["model.json", out, "--dtyp", "q8"],
      "error: unknown option '--dtyp'\n(Did you mean --dtype?)\n",
    ],
    [["a", "b", "c"], /^error: too many arguments.*\n$/],
    [
      ["model.json", out, "--dtype", "q4"],
      /^error: option '--dtype <dtype>' .*fp32, fp16, fp16-weights, q8\.\n$/,
    ],
    [
      ["model.json", out, "--for", "speed"],
      /^error: .*'--for <purpose>' .*latency, throughput\.\n$/,
    ],
    [["model.json", out, "--tolerance", "0"], /^error: .*It must be a positive number\.\n$/],
    [[join(folder, "absent.json"), out], /^error: Cannot convert .*there is no such file\.\n$/],
  ] as const) {
    const { status, stdout, stderr } = run(...args);
    assert.equal(status, 2, args.join(" "));
    assert.equal(stdout, "");
    if (typeof expected === "string") assert.equal(stderr, expected);
    else assert.match(stderr, expected);
  }
  assert.equal(existsSync(out), false);
});

test("a model with a layer that is not supported: exit status 2", () => {
  const path = save("unsupported", (json) => {
    json.modelTopology = JSON.parse(
      JSON.stringify(json.modelTopology).replaceAll('"class_name":"LSTM"', '"class_name":"Odd"'),
    );
  });
  const { status, stderr } = run(path, join(folder, "unsupported.onnx"));
  assert.equal(status, 2);
  assert.match(stderr, /^error: Cannot convert the model: .*Odd/);
});

test("a file that cannot be written: exit status 1, nothing left", () => {
  const out = join(folder, "absent", "model.onnx");
  const { status, stderr } = run(save("unwritable"), out);
  assert.equal(status, 1);
  assert.match(stderr, /^error: .*model\.onnx: the file cannot be written: /);
});

test("DEBUG=1 adds the stack to them", () => {
  const absent = [join(folder, "absent.json"), join(folder, "debug.onnx")];
  for (const args of [absent, ["--dtype"]]) {
    const { status, stderr } = runWith({ DEBUG: "1" }, ...args);
    assert.equal(status, 2);
    assert.match(stderr, /^error: .*\n {4}at /s);
  }
});

test("a graph model: what cannot be converted names a cut, with which it is converted and compared", () => {
  const graph = new GraphWriter();
  graph.input("x", [-1, 8, 2]);
  graph.node("Relu", "block/relu", ["x"]);
  graph.node("FFT", "block/fft", ["block/relu"]);
  graph.output("y", "block/fft");
  const { modelTopology, signature } = graph.artifacts();
  const path = join(folder, "graph.json");
  const json = { format: "graph-model", modelTopology, signature, weightsManifest: [] };
  writeFileSync(path, JSON.stringify(json));
  const out = join(folder, "graph.onnx");
  const refused = run(path, out, "--verify");
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /cut the graph with --outputs "block\/relu"/);
  assert.equal(existsSync(out), false);
  const cut = run(path, out, "--verify", "--outputs", "block/relu");
  assert.equal(cut.stderr, "");
  assert.equal(cut.status, 0);
  assert.match(cut.stdout, /block\/relu\s+\[3, 8, 2\].*ok\n/);
  const shape = ["--input-shape", "block/relu=4,8,2"];
  const inner = run(path, out, "--inputs", "block/relu", "--outputs", "block/relu", ...shape);
  assert.equal(inner.status, 0, inner.stderr);
});

test("--help prints the options and does nothing else, wherever it stands", () => {
  const path = save("help");
  const before = readdirSync(folder);
  for (const args of [["--help"], [path, join(folder, "help.onnx"), "--verify", "--help"]]) {
    const { status, stdout, stderr } = run(...args);
    assert.equal(status, 0);
    assert.equal(stderr, "");
    assert.match(stdout, /^Usage: tfjs-to-onnx \[options\] <model\.json> <out\.onnx>\n/);
    assert.match(stdout, /--dtype <dtype>.*--verify.*--batch-name <name>/s);
  }
  assert.deepEqual(readdirSync(folder), before);
});
