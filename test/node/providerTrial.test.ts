/** Providers that are tried in a process of their own: its answer, what drivers say, and how it may end. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { openBundle } from "../../node/bundle.ts";
import { tryProviders } from "../../node/providerTrial.ts";

const NOISY = new URL("./noisyDriverChild.ts", import.meta.url);
/** More than a pipe holds. */
const GRAPH = new Uint8Array(1_000_000);

test("a graph runs on the CPU, if on no other", async () => {
  const { graph, manifest } = await openBundle("models/ml1m");
  const { inputs } = manifest.graph;
  const trial = await tryProviders(graph, { inputs, wanted: "cpu", threads: 1 });
  assert.deepEqual(trial, { provider: "cpu", refused: [], said: [] });
});

test("a graph that is none runs nowhere", async () => {
  await assert.rejects(tryProviders(GRAPH, { inputs: [], wanted: "cpu", threads: 1 }), {
    message: /^the graph cannot run: /,
  });
});

test("what drivers say is kept apart from the answer", async () => {
  const trial = await tryProviders(GRAPH, { inputs: [], wanted: "cuda", threads: 1 }, NOISY);
  const said = ["Warning: no display", " - in driver.cpp", "bye"];
  assert.deepEqual(trial, { provider: "cuda", refused: [], said });
});

test("a driver that crashes is passed over for the CPU", async () => {
  const trial = await tryProviders(GRAPH, { inputs: [], wanted: "webgpu", threads: 1 }, NOISY);
  assert.equal(trial.provider, "cpu");
  const reason = "its trial ended with SIGSEGV";
  assert.deepEqual(trial.refused, [{ provider: "webgpu", reason }]);
});
