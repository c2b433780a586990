/** A job in a process of its own: whose failure it is if it fails. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { IncompatibleError } from "../../../node/jobs/incompatible.ts";
import { runInProcess } from "../../../node/jobs/process.ts";

function run(input: string): Promise<unknown> {
  return runInProcess({
    ...{ script: new URL("./processChild.ts", import.meta.url), input, name: "fold 1/2" },
    ...{ signal: new AbortController().signal, onEvent() {} },
  });
}

test("a full disk is the machine's failure, other errors are the job's", async () => {
  const [full, broken] = await Promise.allSettled([run("full"), run("broken")]);
  assert.ok(full.status === "rejected" && broken.status === "rejected");
  assert.ok(full.reason instanceof IncompatibleError, "another machine may do it");
  assert.match(full.reason.message, /^fold 1\/2: the checkpoint is lost$/);
  assert.ok(!(broken.reason instanceof IncompatibleError));
  assert.match(broken.reason.message, /^fold 1\/2 failed: broken$/);
});

test("a bug keeps its stack", async () => {
  await assert.rejects(run("internal: row 3 has no label"), {
    message: /^fold 1\/2 failed: Error: internal: row 3 has no label\n\s+at /,
  });
});
