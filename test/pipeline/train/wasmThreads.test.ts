/** tfjs's threaded WASM build in Node: it starts, gives the same bits as one thread, and falls back if it cannot start. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { startOf } from "../../builtProgram.ts";

const CHILD = startOf("test/pipeline/train/threadsChild.ts");

async function train(...args: string[]): Promise<{ backend: string; weights: string }> {
  const { stdout } = await promisify(execFile)(process.execPath, [...CHILD, ...args], {
    timeout: 120_000,
  });
  return JSON.parse(stdout);
}

test("every number of threads gives the same bits, and the process exits by itself", async () => {
  const [one, two, three] = await Promise.all(["1", "2", "3"].map((threads) => train(threads)));
  assert.deepEqual(
    [one!.backend, two!.backend, three!.backend],
    ["wasm (SIMD)", "wasm (SIMD, 2 threads)", "wasm (SIMD, 3 threads)"],
  );
  assert.equal(two!.weights, one!.weights);
  assert.equal(three!.weights, one!.weights);
});

test("if threads do not start, training uses one, and the description has the reason", async () => {
  const { backend } = await train("2", "cannot start");
  assert.equal(backend, "wasm (SIMD, 1 thread: no thread can be started)");
});

test("a thread that ends unexpectedly fails the run", async () => {
  await assert.rejects(train("2", "ends"), /a thread of the WASM backend ended \(status \d+\)/);
});
