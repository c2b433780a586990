/** The files of a batch belong to one process at a time. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { BatchOutputs, checkOutputs } from "../../../serve/batch/outputs.ts";
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

test("a file of rejects that is somebody's is neither emptied nor removed", async (t) => {
  const dir = await folder(t, { "movies.csv": "title" });
  const [output, rejects] = [join(dir, "a.jsonl"), join(dir, "movies.csv")];
  await assert.rejects(
    BatchOutputs.open(output, rejects, { input: "x" }, false),
    /^InputError: rejects: \S+movies\.csv exists already; name another file/,
  );
  assert.equal(await readFile(rejects, "utf8"), "title");
});

test("files that cannot be written are refused before anything else is done", async (t) => {
  const dir = await folder(t, { "a.jsonl": "", "sub/b.jsonl": "" });
  const check = (output: string, rejects: string) =>
    checkOutputs({ output: join(dir, output), rejects: join(dir, rejects) }, {}, false);
  await assert.rejects(check("sub", "c"), /^InputError: output: \S+sub is a folder, not a file; /);
  await assert.rejects(check("c", "sub"), /^InputError: rejects: \S+sub is a folder, not a file; /);
  await assert.rejects(
    check("a.jsonl/x/c", "d"),
    /^InputError: output: \S+a\.jsonl is not a folder; /,
  );
  await check("a.jsonl", "new/folder/c");
  assert.deepEqual((await readdir(dir)).sort(), ["a.jsonl", "sub"]);
});
