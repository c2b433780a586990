/** onnxruntime-node behind `run`, on graphs converted here. */

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import * as tf from "@tensorflow/tfjs-layers";
import * as ort from "onnxruntime-node";
import { openSession, openTriedSession, trialFeeds } from "../../node/session.ts";
import { convert } from "../../pipeline/export/convert.ts";
import { startBackend } from "../../pipeline/train/backend.ts";
import type { TensorInfo } from "../../predictor/manifest.ts";
import { folder } from "../pipeline/dataset/folder.ts";
import { artifactsOf } from "../pipeline/export/parity.ts";
import { sampleFeeds } from "../serve/sampleFeeds.ts";

/** (x, mask) -> 2 x - 1 times mask, and the mask again; x [B, N], both dynamic. */
let graph: Uint8Array;

before(async () => {
  await startBackend("cpu");
  const x = tf.input({ name: "x", shape: [null], dtype: "int32" });
  const mask = tf.input({ name: "mask", shape: [null] });
  const scaled = tf.layers.rescaling({ scale: 2, offset: -1 }).apply(x) as tf.SymbolicTensor;
  const y = tf.layers.multiply({ name: "y" }).apply([scaled, mask]) as tf.SymbolicTensor;
  const model = tf.model({ inputs: [x, mask], outputs: y });
  graph = convert(await artifactsOf(model)).onnx;
});

const feeds = (x: number[], mask: number[], dims = [1, x.length]) => ({
  x: { type: "int32", dims, data: Int32Array.from(x) } as const,
  mask: { type: "float32", dims, data: Float32Array.from(mask) } as const,
});

test("runs a graph from bytes and from a file, with any number of threads", async (t) => {
  const path = join(await folder(t), "model.onnx");
  await writeFile(path, graph);
  for (const [model, options] of [
    [graph, undefined],
    [path, { threads: 1 }],
    [path, { threads: 2 }],
  ] as const) {
    const session = await openSession(model, options);
    const outputs = await session.run(feeds([1, 2, 3, 4], [1, 1, 0, 0.5], [2, 2]));
    const [output, ...others] = Object.values(outputs);
    assert.equal(others.length, 0);
    assert.equal(output!.type, "float32");
    assert.deepEqual([...output!.dims], [2, 2]);
    assert.ok(output!.data instanceof Float32Array);
    assert.deepEqual([...output!.data], [1, 3, 0, 3.5]);
    await session.close();
  }
});

test("convolutions, tables and matrices give the same bits with any number of threads", async () => {
  const { feeds: movies } = await sampleFeeds("models/ml1m", 5);
  const [one, ...others] = await Promise.all(
    [1, 2, 3].map(async (threads) => {
      const session = await openSession("models/ml1m/model.onnx", { threads });
      const outputs = await session.run(movies);
      await session.close();
      return outputs;
    }),
  );
  assert.ok(new Set(one!.probabilities!.data as Float32Array).size > 50);
  for (const other of others) assert.deepEqual(other, one);
});

test("one session serves many sizes, and runs at the same time get their own answers", async () => {
  const session = await openSession(graph, { threads: 1 });
  const answers = await Promise.all(
    [1, 2, 3, 4, 5].map(async (n) => {
      const outputs = await session.run(feeds(new Array(n).fill(n), new Array(n).fill(1)));
      return [...Object.values(outputs)[0]!.data];
    }),
  );
  assert.deepEqual(
    answers,
    [1, 2, 3, 4, 5].map((n) => new Array(n).fill(2 * n - 1)),
  );
  await session.close();
});

test("feeds of a wrong type or name, and files that are no graph, reject", async (t) => {
  const session = await openSession(graph, { threads: 1 });
  const { mask } = feeds([1], [1]);
  await assert.rejects(session.run({ x: mask, mask }), /data type|int32/i);
  await assert.rejects(session.run({ mask }), /x/);
  await session.close();
  const dir = await folder(t, { "bad.onnx": "not a graph" });
  await assert.rejects(openSession(join(dir, "bad.onnx")));
  await assert.rejects(openSession(join(dir, "none.onnx")));
  await assert.rejects(openSession(graph.slice(0, graph.length / 2)));
});

const INPUTS: TensorInfo[] = [
  { name: "x", type: "int32", shape: ["batch", "length"] },
  { name: "mask", type: "float32", shape: ["batch", "length"] },
];

/**
 * Makes `webgpu` a provider whose answers are the CPU's, changed by `change`, and `cuda` one that is not there.
 *
 * @param failures How many sessions on the CPU fail to run.
 * @returns Providers in the order in which sessions were opened on them, and those whose sessions are still open.
 */
function fakeProviders(t: TestContext, change: (value: number) => number, failures = 0) {
  const create = ort.InferenceSession.create.bind(ort.InferenceSession);
  const opened: string[] = [];
  const open: string[] = [];
  const fake = async (model: Uint8Array, options: ort.InferenceSession.SessionOptions) => {
    const [provider] = options.executionProviders as string[];
    opened.push(provider!);
    if (provider === "cuda") throw new Error("no CUDA here\nand a stack of the runtime's");
    const session = await create(model, { ...options, executionProviders: ["cpu"] });
    open.push(provider!);
    const [run, release] = [session.run.bind(session), session.release.bind(session)];
    session.release = async () => {
      open.splice(open.indexOf(provider!), 1);
      await release();
    };
    const fails = provider === "cpu" && failures-- > 0;
    session.run = async (feeds: ort.InferenceSession.FeedsType) => {
      if (fails) throw new Error("out of memory");
      const outputs = await run(feeds);
      if (provider === "cpu") return outputs;
      return Object.fromEntries(
        Object.entries(outputs).map(([name, { data, dims }]) => [
          name,
          new ort.Tensor("float32", (data as Float32Array).map(change), dims),
        ]),
      );
    };
    return session;
  };
  t.mock.method(ort.InferenceSession, "create", fake);
  return { opened, open };
}

for (const [name, change] of [
  ["of another model", (value: number) => value + 0.1],
  ["just beyond the tolerance", (value: number) => value - 0.0101],
  ["in part wrong", (value: number) => (value > 0 ? 1.1 * value : value)],
  ["not numbers", () => Number.NaN],
] as const) {
  test(`a provider whose answers are ${name} is passed over for the CPU`, async (t) => {
    const { open } = fakeProviders(t, change);
    const session = await openTriedSession(graph, trialFeeds(INPUTS), {
      wanted: "webgpu",
      threads: 1,
    });
    assert.equal(session.provider, "cpu");
    const [refused, ...others] = session.refused;
    assert.equal(others.length, 0);
    assert.equal(refused!.provider, "webgpu");
    assert.match(refused!.reason, /differs from the CPU's by/);
    assert.deepEqual(open, ["cpu"], "the others are closed");
    const { y } = await session.run(feeds([1, 2], [1, 1]));
    assert.deepEqual([...y!.data], [1, 3]);
    await session.close();
  });
}

test("a provider that is off by rounding answers; one that is not there is named, in one line", async (t) => {
  const { opened, open } = fakeProviders(t, (value) => value + 0.005);
  const session = await openTriedSession(graph, trialFeeds(INPUTS), { wanted: "auto", threads: 1 });
  assert.equal(session.provider, "webgpu");
  assert.deepEqual(session.refused, [{ provider: "cuda", reason: "no CUDA here" }]);
  assert.deepEqual(opened, ["cuda", "webgpu", "cpu"]);
  assert.deepEqual(open, ["webgpu"], "the reference is closed");
  const { y } = await session.run(feeds([1, 2], [1, 1]));
  assert.deepEqual(
    [...y!.data],
    [1, 3].map((value) => Math.fround(value + 0.005)),
  );
  await session.close();
});

test("the CPU's session is closed, too, where it cannot run what a provider is compared with", async (t) => {
  const { open } = fakeProviders(t, (value) => value, 1);
  const session = await openTriedSession(graph, trialFeeds(INPUTS), { wanted: "webgpu" });
  assert.deepEqual(session.refused, [{ provider: "webgpu", reason: "out of memory" }]);
  assert.deepEqual(open, ["cpu"]);
  await session.close();
});

for (const [difference, provider] of [
  [3.9, "webgpu"],
  [4.1, "cpu"],
] as const) {
  test(`of values up to 399, a provider that is off by ${difference} leaves them to ${provider}`, async (t) => {
    fakeProviders(t, (value) => value + difference);
    const trial = feeds([100, 200], [1, 1]); // 199, 399
    const session = await openTriedSession(graph, trial, { wanted: "webgpu", threads: 1 });
    assert.equal(session.provider, provider);
    await session.close();
  });
}
