/** The files of a batch belong to one process at a time. */

import assert from "node:assert/strict";
import { link, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { BatchOutputs, checkOutputs } from "../../../serve/batch/outputs.ts";
import { runBatch } from "../../../serve/batch/run.ts";
import { folder } from "../../pipeline/dataset/folder.ts";
import { createLab } from "../server.ts";

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
    /^InputError: --rejects: \S+movies\.csv exists already; name another file/,
  );
  assert.equal(await readFile(rejects, "utf8"), "title");
});

test("an unfinished batch goes on with its own file of rejects alone", async (t) => {
  const dir = await folder(t, { "notes.txt": "mine" });
  const at = (name: string) => join(dir, name);
  const open = (rejects: string, output = "a.jsonl") =>
    BatchOutputs.open(at(output), at(rejects), { input: "x" }, false);
  const refused =
    /^InputError: --output: \S+\.jsonl belongs to an unfinished batch with different options \(rejects\); /;
  // The default one; this is also what a batch of a version that did not say it looks like.
  await (await open("a.jsonl.rejects")).close(false);
  await assert.rejects(open("notes.txt"), refused);
  await assert.rejects(
    checkOutputs(
      { output: at("a.jsonl"), rejects: at("notes.txt"), inputs: [] },
      { input: "x" },
      false,
    ),
    refused,
  );
  await (await open("a.jsonl.rejects")).close(true);
  // Another one.
  await (await open("c", "b.jsonl")).close(false);
  await assert.rejects(open("b.jsonl.rejects", "b.jsonl"), refused);
  await (await open("./c", "b.jsonl")).close(true);
  assert.equal(await readFile(at("notes.txt"), "utf8"), "mine");
});

test("progress that cannot be read is not taken for none", async (t) => {
  const dir = await folder(t, {});
  await symlink("a.jsonl.progress", join(dir, "a.jsonl.progress"));
  await assert.rejects(
    BatchOutputs.open(join(dir, "a.jsonl"), join(dir, "a.rejects"), {}, false),
    /^InputError: --output: \S+a\.jsonl\.progress cannot be read \(ELOOP: .*\); mend that, or start/,
  );
});

test("files that cannot be written are refused before anything else is done", async (t) => {
  const dir = await folder(t, { "a.jsonl": "", "sub/b.jsonl": "" });
  const check = (output: string, rejects: string) =>
    checkOutputs(
      { output: `${dir}/${output}`, rejects: `${dir}/${rejects}`, inputs: [] },
      {},
      false,
    );
  await assert.rejects(
    check("sub", "c"),
    /^InputError: --output: \S+sub is a folder, not a file; /,
  );
  await assert.rejects(
    check("c", "sub"),
    /^InputError: --rejects: \S+sub is a folder, not a file; /,
  );
  await assert.rejects(
    check("a.jsonl/x/c", "d"),
    /^InputError: --output: \S+a\.jsonl is not a folder; /,
  );
  await assert.rejects(
    check("d", "./d"),
    /^InputError: --rejects: \S+d is the file of the answers; name another file/,
  );
  await check("a.jsonl", "new/folder/c");
  assert.deepEqual((await readdir(dir)).sort(), ["a.jsonl", "sub"]);
});

test("neither file of a batch is one that is read, whatever is to be overwritten", async (t) => {
  const dir = await folder(t, { "movies.csv": "title\nWar\n" });
  const at = (name: string) => join(dir, name);
  await link(at("movies.csv"), at("hard.jsonl"));
  const check = (output: string, rejects: string) =>
    checkOutputs(
      { output: at(output), rejects: at(rejects), inputs: [at("movies.csv")] },
      { input: "x" },
      true,
    );
  for (const name of ["movies.csv", "hard.jsonl"]) {
    const reason = `\\S+${name} is read as input; name another file$`;
    await assert.rejects(check(name, "a"), new RegExp(`^InputError: --output: ${reason}`));
    await assert.rejects(check("a", name), new RegExp(`^InputError: --rejects: ${reason}`));
  }
  await check("a", "b");
  assert.equal(await readFile(at("movies.csv"), "utf8"), "title\nWar\n");
});

test("a batch into its own input, or with rejects there, is refused, and the input stays", async (t) => {
  const lab = await createLab();
  t.after(() => lab.close());
  const input = join(lab.root, "movies.jsonl");
  await writeFile(input, '{"title":"War"}\n');
  const other = join(lab.root, "other.jsonl");
  for (const [output, rejects] of [
    [input, other],
    [other, input],
  ] as const) {
    const batch = runBatch({
      ...{ model: lab.model, precision: "fp32", input, folders: {}, overwrite: true },
      ...{ output, rejects, signal: new AbortController().signal },
    });
    await assert.rejects(batch, /--(output|rejects): \S+movies\.jsonl is read as input; name/);
  }
  assert.equal(await readFile(input, "utf8"), '{"title":"War"}\n');
});
