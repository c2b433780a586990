/** The command as it is called: where it writes, and what it refuses. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parseDescription } from "../../../../pipeline/dataset/parseDescription.ts";
import { startOf } from "../../../builtProgram.ts";
import { folder } from "../folder.ts";

const MAIN = startOf("pipeline/dataset/describe/main.ts");
const ROWS = Array.from({ length: 10 }, (_, i) => `${i},words of ${i},l${i % 2}`).join("\n");

function run(args: readonly string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
    execFile(process.execPath, [...MAIN, ...args], (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

test("prints a report and the description; --out writes it, never over another file", async (t) => {
  const dir = await folder(t, { "items.csv": `id,text,label\n${ROWS}\n` });
  const [items, out] = [join(dir, "items.csv"), join(dir, "dataset.json")];

  const printed = await run([items]);
  assert.equal(printed.code, 0, printed.stderr);
  assert.match(printed.stderr, /^items: 10 items \(20\.0 % of them are drawn for testing\)/);
  assert.equal(JSON.parse(printed.stdout).name, "items");

  const written = await run([items, "--out", out]);
  assert.equal(written.code, 0, written.stderr);
  assert.match(written.stdout, /dataset\.json written; read its comments/);
  const text = await readFile(out, "utf8");
  assert.deepEqual(parseDescription(text, "dataset.json").target, {
    type: "class",
    column: "label",
  });

  const again = await run([items, "--out", out, "--target", "text"]);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /^error: .*dataset\.json exists; name another --out, or replace it/);
  assert.equal(await readFile(out, "utf8"), text);

  const replaced = await run(["--data", items, "--out", out, "--overwrite", "--target", "text"]);
  assert.equal(replaced.code, 0, replaced.stderr);
  assert.equal(JSON.parse(await readFile(out, "utf8")).target.column, "text");
});

test("rows that cannot be used are on stderr, by file and line, with and without --out", async (t) => {
  // The row with a stray quote is found before the short ones, which are counted later.
  const rows = ["10,short", ...ROWS.split("\n"), '11,a "b" c,"l"1', "12,short", "13"].join("\n");
  const dir = await folder(t, { "items.csv": `id,text,label\n${rows}\n` });
  const items = join(dir, "items.csv");
  const out = join(dir, "dataset.json");
  const linesOf = (stderr: string) =>
    [...stderr.matchAll(/^ {2}items\.csv:(\d+): has /gm)].map(([, line]) => Number(line));

  const printed = await run([items]);
  assert.deepEqual(linesOf(printed.stderr), [2, 13, 14, 15]);
  assert.equal(JSON.parse(printed.stdout).items, "items.csv");

  const written = await run([items, "--out", out]);
  assert.match(written.stderr, /^\nrows and values that cannot be used\n {2}items\.csv:2: has /);
  assert.deepEqual(linesOf(written.stderr), [2, 13, 14, 15]);
  assert.match(written.stdout, /^items: 10 items/);
  assert.doesNotMatch(written.stdout, /items\.csv:\d/);

  const checked = await run([out]);
  assert.deepEqual(linesOf(checked.stderr), [2, 13, 14, 15]);
  assert.match(checked.stdout, /^items: 10 items/);
});

test("refuses to describe nothing, and to write where the paths would be wrong", async (t) => {
  const dir = await folder(t, { "a/items.csv": `id,text,label\n${ROWS}\n` });
  const nothing = await run([]);
  assert.equal(nothing.code, 2);
  assert.match(nothing.stderr, /^error: nothing to describe; name a table, a folder/);
  const elsewhere = await run([join(dir, "a"), "--out", join(dir, "dataset.json")]);
  assert.equal(elsewhere.code, 2);
  assert.match(elsewhere.stderr, /^error: --out has to be in .*, because a description names/);
});
