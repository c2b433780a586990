/** The files of a batch belong to one process at a time. */

import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { BatchOutputs } from "../../../serve/batch/outputs.ts";
import { folder } from "../../pipeline/dataset/folder.ts";

test("a second batch into the same output is refused while the first is at work", async (t) => {
  const dir = await folder(t, {});
  const open = (overwrite: boolean) =>
    BatchOutputs.open(join(dir, "a.jsonl"), join(dir, "a.rejects"), { input: "x" }, overwrite);
  const first = await open(false);
  await first.add(1, { text: "{}", rejected: false, incomplete: false });
  for (const overwrite of [false, true]) {
    await assert.rejects(open(overwrite), /a batch is at work in .*a\.jsonl \(process \d+\)/);
  }
  await first.close(false);
  // Stopped, not finished: the same batch continues.
  const second = await open(false);
  assert.equal(second.progress.line, 1);
  await second.close(true);
  assert.deepEqual((await readdir(dir)).sort(), ["a.jsonl"]);
  // Refused for what is there: the lock is free again.
  await assert.rejects(open(false), /exists already/);
  await (await open(true)).close(true);
});
