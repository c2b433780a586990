/** onnxruntime-node behind `run`, on graphs converted here. */

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-layers";
import { openSession } from "../../node/session.ts";
import { convert } from "../../pipeline/export/convert.ts";
import { startBackend } from "../../pipeline/train/backend.ts";
import { folder } from "../pipeline/dataset/folder.ts";
import { artifactsOf } from "../pipeline/export/parity.ts";

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
