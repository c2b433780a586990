/** What may be written is known before the work whose result it is. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { whyUnwritable } from "../../node/writable.ts";
import { folder } from "../pipeline/dataset/folder.ts";

test("a writable file in a folder that takes no files cannot be written", {
  skip: existsSync("/proc/self/comm") ? false : "no /proc",
}, async () => {
  for (const how of ["replaced", "continued"] as const) {
    const why = await whyUnwritable("/proc/self/comm", how);
    assert.match(String(why), /^\/proc\/self cannot be written to \(ENOENT: /);
  }
});

test("a file that is not writable can be replaced, but not continued", async (t) => {
  const dir = await folder(t, { "a.jsonl": "" });
  const path = join(dir, "a.jsonl");
  await chmod(path, 0o444);
  assert.equal(await whyUnwritable(path, "replaced"), undefined);
  const why = await whyUnwritable(path, "continued");
  // Nothing is closed to a superuser.
  if (process.getuid?.() === 0) assert.equal(why, undefined);
  else assert.match(String(why), /a\.jsonl cannot be written to \(EACCES: permission denied\)$/);
  assert.deepEqual(await readdir(dir), ["a.jsonl"]);
});
