/** tfjs's threaded WASM build in Node: it starts, gives the bits of the plain one, and stands back where it cannot start. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const CHILD = fileURLToPath(new URL("./threadsChild.ts", import.meta.url));

async function trained(...args: string[]): Promise<{ backend: string; weights: string }> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "tsx", CHILD, ...args],
    { timeout: 120_000 },
  );
  return JSON.parse(stdout);
}

test("any number of threads trains to the same bits, and the process ends by itself", async () => {
  const [one, two, three] = await Promise.all(["1", "2", "3"].map((threads) => trained(threads)));
  assert.deepEqual(
    [one!.backend, two!.backend, three!.backend],
    ["wasm (SIMD)", "wasm (SIMD, 2 threads)", "wasm (SIMD, 3 threads)"],
  );
  assert.equal(two!.weights, one!.weights);
  assert.equal(three!.weights, one!.weights);
});

test("where threads do not start, training goes on with one, and says why", async () => {
  const { backend } = await trained("2", "cannot start");
  assert.equal(backend, "wasm (SIMD, 1 thread: no thread can be started)");
});

test("a thread that ends ends the run, and says so", async () => {
  await assert.rejects(trained("2", "ends"), /a thread of the WASM backend ended \(status \d+\)/);
});
