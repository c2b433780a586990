/** One file, every runtime: representative models in each precision on CPU, WASM and WebGPU give the same values. */
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { after, test } from "node:test";
import * as tfl from "@tensorflow/tfjs-layers";
import * as cpu from "onnxruntime-node";
import * as web from "onnxruntime-web/wasm";
import { type Conversion, convert } from "../../../pipeline/export/convert.ts";
import { startOf } from "../../builtProgram.ts";
import { reasonWithout, without } from "../../needs/needs.ts";
import { softwareVulkan } from "../train/vulkan.ts";
import { chain, type Make } from "./cases.ts";
import { artifactsOf, feed, ids, seedWeights } from "./parity.ts";
import { on } from "./symbolic.ts";
import type { Job, Reply } from "./webgpuChild.ts";

web.env.wasm.numThreads = 1;

/**
 * Against the CPU's values of the same file, which lie within [-4, 4] here. fp32 and q8 (dequantised, then float32)
 * differ by the order of summation only. fp16: a runtime that has half arithmetic rounds after every operator, by
 * 2^-11 of the value, a dozen times; one that has not computes in float32.
 */
const TOLERANCE = { fp32: 1e-5, fp16: 1e-2, q8: 1e-5 } as const;
type Precision = keyof typeof TOLERANCE;
const PRECISIONS = Object.keys(TOLERANCE) as Precision[];

const L = tfl.layers;

/** Token ids [3, 12], zeros among them, through an embedding of 24 columns and `layer` to six outputs. */
function overTokens(layer: tfl.layers.Layer, maskZero: boolean): ReturnType<Make> {
  const tokens = tfl.input({ shape: [12], name: "tokens", dtype: "int32" });
  const words = on(tokens, L.embedding({ inputDim: 90, outputDim: 24, maskZero }));
  const output = on(words, layer, L.dense({ units: 6 }));
  const fed = ids([3, 12], 90);
  // the padding of a short title, and a hole
  for (const i of [8, 9, 10, 11, 14]) fed.data[i] = 0;
  return { model: tfl.model({ inputs: tokens, outputs: output }), feeds: [fed] };
}

/** A softmax over time weighs the steps; Dot sums them up. */
function pooledByDot(): ReturnType<Make> {
  const x = tfl.input({ shape: [10, 32], name: "x" });
  const steps = on(x, L.dense({ units: 40, activation: "tanh" }));
  const scores = on(steps, L.dense({ units: 1 }), L.flatten());
  const pooled = on([on(scores, L.softmax()), steps], L.dot({ axes: [1, 1] }));
  const output = on(pooled, L.dense({ units: 30, activation: "sigmoid" }));
  return { model: tfl.model({ inputs: x, outputs: output }), feeds: [feed([2, 10, 32])] };
}

const MODELS: Record<string, Make> = {
  "dense layers with batch normalisation": () =>
    chain(
      [48],
      L.dense({ units: 64, activation: "relu" }),
      L.batchNormalization(),
      L.dense({ units: 32, activation: "swish" }),
      L.batchNormalization(),
      L.dense({ units: 5, activation: "softmax" }),
    ),
  "a CNN with pooling": () =>
    chain(
      [17, 16, 3],
      L.conv2d({ filters: 16, kernelSize: 3, strides: 2, padding: "same", useBias: false }),
      L.batchNormalization(),
      L.reLU(),
      L.maxPooling2d({ poolSize: 2, padding: "same" }),
      L.separableConv2d({ filters: 32, kernelSize: 3, padding: "same", activation: "relu6" }),
      L.conv2d({ filters: 32, kernelSize: 3, padding: "same" }),
      L.averagePooling2d({ poolSize: 3, strides: 2, padding: "same" }),
      L.globalAveragePooling2d({}),
      L.dense({ units: 6, activation: "sigmoid" }),
    ),
  "an embedding and a bidirectional LSTM": () => {
    const layer = L.lstm({ units: 20, recurrentInitializer: "glorotUniform" }) as tfl.RNN;
    return overTokens(L.bidirectional({ layer, mergeMode: "concat" }), false);
  },
  "a masked GRU": () =>
    overTokens(
      L.gru({ units: 32, recurrentActivation: "sigmoid", recurrentInitializer: "glorotUniform" }),
      true,
    ),
  "a GRU with another activation": () =>
    overTokens(
      L.gru({
        units: 32,
        activation: "softsign",
        recurrentActivation: "sigmoid",
        recurrentInitializer: "glorotUniform",
      }),
      false,
    ),
  "a masked LSTM for throughput": () => ({
    ...overTokens(L.lstm({ units: 20, recurrentInitializer: "glorotUniform" }), true),
    options: { for: "throughput" },
  }),
  "steps pooled by Dot": pooledByDot,
  "a transposed convolution in three dimensions": () =>
    chain([2, 3, 4, 8], L.conv3dTranspose({ filters: 8, kernelSize: 3, padding: "same" })),
};

/**
 * Nodes that the WebGPU provider takes and fails on: by their activations (tfjs's default one too), and 3-D kernels.
 */
const CPU_NODES: Record<string, RegExp> = {
  "an embedding and a bidirectional LSTM": /\/LSTM$/,
  "a GRU with another activation": /\/GRU$/,
  "a transposed convolution in three dimensions": /\/ConvTranspose$/,
};

async function made(name: string, dtype: Precision): Promise<[Job, Conversion]> {
  const { model, feeds, options } = (MODELS[name] as Make)();
  seedWeights(model, 5);
  const conversion = convert(await artifactsOf(model), { ...options, dtype });
  const inputs = conversion.inputs.map((info, i) => ({
    name: info.name,
    dtype: info.dtype as "float32" | "int32",
    data: feeds[i]?.data ?? [],
    shape: feeds[i]?.shape ?? [],
  }));
  const outputs = conversion.outputs.map((o) => o.name);
  const job = {
    onnx: conversion.onnx,
    feeds: inputs,
    outputs,
    cpuNodes: conversion.webgpuCpuNodes,
  };
  return [job, conversion];
}

const ARRAYS = { float32: Float32Array, int32: Int32Array } as const;
type Runtime = Pick<typeof cpu, "InferenceSession" | "Tensor">;

/** All outputs in a row. */
async function run(
  { InferenceSession, Tensor }: Runtime,
  { onnx, feeds, outputs }: Job,
  options: cpu.InferenceSession.SessionOptions = {},
): Promise<number[]> {
  const session = await InferenceSession.create(onnx, { logSeverityLevel: 3, ...options });
  try {
    const result = await session.run(
      Object.fromEntries(
        feeds.map((f) => [f.name, new Tensor(f.dtype, ARRAYS[f.dtype].from(f.data), f.shape)]),
      ),
    );
    return outputs.flatMap((name) => Array.from(result[name]?.data as Float32Array));
  } finally {
    await session.release();
  }
}

/**
 * On the CPU, onnxruntime replaces DequantizeLinear + MatMul by an operator that rounds activations to 8 bits too;
 * level 1 keeps them in float32, as everywhere else.
 */
const EXACT = { intraOpNumThreads: 1, extra: { session: { qdq_matmulnbits_accuracy_level: "1" } } };

function near(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  assert.equal(actual.length, expected.length);
  assert.ok(expected.length > 0 && expected.some((v) => v !== 0));
  for (const [i, want] of expected.entries()) {
    const difference = Math.abs((actual[i] as number) - want);
    assert.ok(difference <= tolerance, `value ${i}: ${actual[i]} instead of ${want}`);
  }
}

const vulkan = softwareVulkan();

let child: ChildProcess | undefined;
let ended: Promise<Reply> | undefined;
after(() => child?.kill());

function start(): ChildProcess {
  const program = startOf("test/pipeline/export/webgpuChild.ts");
  const started = fork(program.at(-1)!, {
    execArgv: program.slice(0, -1),
    serialization: "advanced",
    env: vulkan!,
  });
  ended = once(started, "exit").then(([code]) => ({ error: `the process ended with ${code}` }));
  return started;
}

/** Jobs go one by one to one process: a device takes longer to make than most of them. */
async function onWebgpu(job: Job): Promise<Reply> {
  child ??= start();
  child.send(job);
  const replied = once(child, "message").then(([reply]) => reply as Reply);
  return Promise.race([replied, ended as Promise<Reply>]);
}

for (const name of Object.keys(MODELS)) {
  for (const dtype of PRECISIONS) {
    test(`${name}, ${dtype}: WASM equals CPU`, async () => {
      const [job, conversion] = await made(name, dtype);
      assert.equal("DequantizeLinear" in conversion.ops, dtype === "q8");
      near(await run(web, job), await run(cpu, job, EXACT), TOLERANCE[dtype]);
    });

    test(`${name}, ${dtype}: WebGPU equals CPU`, {
      skip: without("vulkan", "webgpu"),
    }, async (t) => {
      const [job] = await made(name, dtype);
      const pattern = CPU_NODES[name];
      assert.equal(job.cpuNodes.length > 0, pattern !== undefined);
      for (const node of job.cpuNodes) assert.match(node, pattern as RegExp);
      const reply = await onWebgpu(job);
      if ("error" in reply && /requires f16 but the device does not/.test(reply.error))
        return t.skip(reasonWithout("shaderF16"));
      if ("error" in reply) assert.fail(reply.error);
      near(reply.values, await run(cpu, job, EXACT), TOLERANCE[dtype]);
    });
  }

  // rounding to 8 bits errs by at most 1/254 of the largest value of a block, in every layer
  test(`${name}, q8: the CPU's own 8-bit activations stay near`, async () => {
    const [job] = await made(name, "q8");
    near(await run(cpu, job), await run(cpu, job, EXACT), 2e-2);
  });
}
