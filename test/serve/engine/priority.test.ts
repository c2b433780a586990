/** Lowering a thread's priority leaves the process's as it is. */

import assert from "node:assert/strict";
import { getPriority } from "node:os";
import { test } from "node:test";
import { Piscina } from "piscina";
import { scriptUrl } from "../../../node/script.ts";
import { without } from "../../needs/needs.ts";

test("a thread that lowers its priority is below the event loop, which keeps its own", {
  skip: without("linux"),
}, async () => {
  const before = getPriority();
  const pool = new Piscina({
    filename: scriptUrl(new URL("./priorityWorker.ts", import.meta.url)).href,
    maxThreads: 1,
  });
  const lowered = (await pool.run(undefined)) as number;
  await pool.destroy();
  assert.ok(lowered > before, `${lowered} is not below ${before}`);
  assert.equal(getPriority(), before);
});
