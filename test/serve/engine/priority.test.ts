/** Threads that give way: they alone, not the process. */

import assert from "node:assert/strict";
import { getPriority, platform } from "node:os";
import { test } from "node:test";
import { Piscina } from "piscina";

test("a thread that gives way has a lower priority than the event loop's", async (t) => {
  if (platform() !== "linux") return t.skip("threads have priorities of their own on Linux alone");
  const before = getPriority();
  const pool = new Piscina({
    filename: new URL("./priorityWorker.ts", import.meta.url).href,
    maxThreads: 1,
  });
  const lowered = (await pool.run(undefined)) as number;
  await pool.destroy();
  assert.ok(lowered > before, `${lowered} is not below ${before}`);
  assert.equal(getPriority(), before);
});
