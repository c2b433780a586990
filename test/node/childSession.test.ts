/** Sessions in a process of their own: their answers, what drivers say, and how such a process may end. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { openBundle } from "../../node/bundle.ts";
import { openChildSession, tryProviders } from "../../node/childSession.ts";
import { type Feeds, openSession, trialFeeds } from "../../node/session.ts";
import type { Tensor } from "../../predictor/tensor.ts";

const NOISY = new URL("./noisyDriverChild.ts", import.meta.url);
/** More than a pipe holds. */
const GRAPH = new Uint8Array(1_000_000);
const SAID = ["driver 1.0", "Warning: no display", " - in driver.cpp", "bye"];

async function publishedGraph() {
  const { graph, manifest } = await openBundle("models/ml1m");
  return { graph, trial: trialFeeds(manifest.graph.inputs) };
}

const floats = (...values: number[]): Tensor => ({
  type: "float32",
  dims: [values.length],
  data: Float32Array.from(values),
});

test("a session in a child process answers as one in this process, as often as it is asked", async () => {
  const { graph, trial } = await publishedGraph();
  const outputs = ["probabilities"];
  const own = await openSession(graph, { threads: 1, outputs });
  const expected = await own.run(trial);
  await own.close();
  const child = await openChildSession(graph, trial, { wanted: "cpu", threads: 1, outputs });
  assert.equal(child.provider, "cpu");
  assert.deepEqual(await Promise.all([child.run(trial), child.run(trial)]), [expected, expected]);
  await assert.rejects(child.run({ nothing: floats(1) }), /input/);
  assert.deepEqual(await child.run(trial), expected, "after an error");
  await child.close();
  assert.deepEqual(child.said, []);
});

test("a graph that is none runs nowhere", async () => {
  await assert.rejects(tryProviders(GRAPH, {}, { wanted: "cpu", threads: 1 }), {
    message: /^the graph cannot run: /,
  });
});

test("what drivers say does not mix with the answer", async () => {
  const { said, ...trial } = await tryProviders(GRAPH, {}, { wanted: "cuda" }, NOISY);
  assert.deepEqual(trial, { provider: "cuda", refused: [] });
  assert.deepEqual(said.toSorted(), SAID.toSorted());
});

test("a driver that crashes at once is passed over for the CPU", async () => {
  const { graph, trial } = await publishedGraph();
  const session = await openChildSession(graph, trial, { wanted: "webgpu", threads: 1 }, NOISY);
  assert.equal(session.provider, "cpu");
  const reason = "its trial ended with SIGSEGV";
  assert.deepEqual(session.refused, [{ provider: "webgpu", reason }]);
  assert.equal((await session.run(trial)).probabilities!.dims[0], 2);
  await session.close();
  assert.deepEqual(session.said, ["Warning: no display", " - in driver.cpp"]);
});

test("a driver that crashes later fails its run and those after it", async () => {
  const feeds: Feeds = { x: floats(1, 2.5) };
  const session = await openChildSession(GRAPH, {}, { wanted: "cuda" }, NOISY);
  const runs = [session.run(feeds), session.run(feeds), session.run(feeds)] as const;
  const [first, ...others] = await Promise.allSettled(runs);
  assert.deepEqual(first, { status: "fulfilled", value: feeds });
  for (const other of others) {
    assert.equal(other.status, "rejected");
    assert.equal((other as PromiseRejectedResult).reason.message, "cuda ended with SIGSEGV");
  }
  await session.close();
});
