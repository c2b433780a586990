/** Files of UTF-16: the rows and lines of the same file in UTF-8, and none of them lost by a stop. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readRows } from "../../../serve/batch/rows.ts";
import { runBatch } from "../../../serve/batch/run.ts";
import { asUtf8 } from "../../../serve/batch/utf16.ts";
import { folder } from "../../pipeline/dataset/folder.ts";
import { sampleInputs } from "../../predictor/sampleManifest.ts";
import { createLab } from "../server.ts";

const little = (text: string) => Buffer.from(`\uFEFF${text}`, "utf16le");
const big = (text: string) => little(text).swap16();

const CSV = 'id,title\r\n1,Äpfel 🍎\r\n\r\n2,"two\r\nlines"\r\n3,war\r\n';
const LINES = '{"id":1,"title":"Äpfel 🍎"}\n\n{"id":2,"title":"war"}\n';

test("rows of UTF-16 have the lines that they have in UTF-8", async (t) => {
  const path = (name: string) => join(root, name);
  const root = await folder(t, {});
  for (const [name, text] of Object.entries({ "a.csv": CSV, "a.jsonl": LINES })) {
    const read = async (bytes: string | Buffer) => {
      await writeFile(path(name), bytes);
      const rows: unknown[] = [];
      for await (const { line, row } of readRows(path(name), sampleInputs(), () => {})) {
        rows.push([line, row]);
      }
      return rows;
    };
    const expected = await read(text);
    assert.ok(expected.length >= 2);
    assert.deepEqual(await read(little(text)), expected, name);
    assert.deepEqual(await read(big(text)), expected, name);
  }
});

test("bytes that are no character are refused in their row, not the file with it", async (t) => {
  const halves = big("id,title\n1,a\ud83d b\n2,war\n");
  const root = await folder(t, { "half.csv": halves });
  const rows: unknown[] = [];
  for await (const { line, row } of readRows(join(root, "half.csv"), sampleInputs(), () => {})) {
    rows.push([line, row instanceof Error ? row.message : row.item]);
  }
  assert.deepEqual(rows, [
    [2, 'title: is not UTF-8 after "a"; save it as UTF-8'],
    [3, { title: "war" }],
  ]);
});

test("a text is the same wherever its chunks end, and UTF-8 stays as it is", async () => {
  async function* single(bytes: Buffer) {
    for (const byte of bytes) yield Buffer.of(byte);
  }
  const cases: [given: Buffer, expected: string][] = [
    [little(CSV), CSV],
    [big(CSV), CSV],
    [little(""), ""],
    ...[CSV, "\uFEFFid", "1", ""].map((text): [Buffer, string] => [Buffer.from(text), text]),
  ];
  for (const [given, expected] of cases) {
    const chunks: Buffer[] = [];
    for await (const chunk of asUtf8(single(given))) chunks.push(chunk);
    assert.equal(Buffer.concat(chunks).toString(), expected);
  }
});

test("a batch of UTF-16 that is stopped and run again has every row once", async (t) => {
  const lab = await createLab();
  t.after(() => lab.close());
  const input = join(lab.root, "wide.csv");
  const output = join(lab.root, "wide.jsonl");
  const rows = Array.from({ length: 300 }, (_, i) => `${i},War ${i}`);
  await writeFile(input, little(`id,title\n${rows.join("\n")}\n`));
  const run = (stopAfter: number) => {
    const stop = new AbortController();
    return runBatch({
      ...{ model: lab.model, precision: "fp32", input, folders: {} },
      ...{ output, rejects: `${output}.rejects`, overwrite: false, signal: stop.signal },
      onProgress: (_, { rows }) => rows >= stopAfter && stop.abort(),
    });
  };
  assert.equal((await run(100)).finished, false);
  assert.equal((await run(Number.POSITIVE_INFINITY)).rows, 300);
  const answers = (await readFile(output, "utf8")).trim().split("\n");
  assert.deepEqual(
    answers.map((text) => JSON.parse(text)).map(({ line, id }) => [line, id]),
    rows.map((_, i) => [i + 2, String(i)]),
  );
});
