/** Shards have the rows of their file, each once and with its line, wherever it is cut. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type TestContext, test } from "node:test";
import { sha256 } from "../../../../node/files.ts";
import { openFolder } from "../../../../node/storage/folder.ts";
import { InputError } from "../../../../predictor/errors.ts";
import { type ReadRow, readRows, readRowsOf } from "../../../../serve/batch/rows.ts";
import { cutFile, readParts } from "../../../../serve/batch/shards/cut.ts";
import { findInputFiles } from "../../../../serve/batch/shards/inputFiles.ts";
import { folder } from "../../../pipeline/dataset/folder.ts";
import { sampleInputs } from "../../../predictor/sampleManifest.ts";

/** Enough that the stream comes in several chunks. */
const MANY = 5000;

const FILES: Readonly<Record<string, string>> = {
  "quotes.csv":
    '\uFEFFid,title\r\n1,"Two\r\nlines, ""one"" row"\r\n\r\n2,War\r\n3,"a\nb"\r\n4,Peace',
  "long.csv": `id,title\n${Array.from({ length: MANY }, (_, i) => `${i},"Wär\n${i}"\n`).join("")}`,
  "open.csv": 'id,title\n1,War\n2,Love\n3,"never closed\n4,Peace\n5,Space\n',
  "odd.csv": "id,title\n1,War,too,many\n2\n3,Peace\n",
  "excel.csv": '\uFEFFsep=;\r\nid;title\r\n1;War, and more\r\n2;"a\nb"\r\n\r\n3;Peace\r\n4;x;y\r\n',
  "only.csv": "id,title\n",
  "blank.jsonl": '\n{"id":1,"title":"War"}\n\n{"id":2,"title":\r\n[1]\r\n{"id":3,"title":"\u2028"}',
  "long.jsonl": Array.from({ length: MANY }, (_, i) => `{"id":${i},"title":"Wär"}\n`).join(""),
};

const brief = ({ line, id, row }: ReadRow) => [
  line,
  id,
  row instanceof InputError ? `${row.field}: ${row.detail}` : row.item,
];

async function rowsOf(rows: AsyncIterable<ReadRow>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const row of rows) all.push(brief(row));
  return all;
}

async function cutAll(t: TestContext, path: string, rowsPerShard: number) {
  const storage = openFolder(await folder(t, {}));
  const [file] = await findInputFiles(path);
  const shards: { readonly rows: unknown[]; readonly bytes: number }[] = [];
  for await (const shard of cutFile(file!, { rowsPerShard, storage })) {
    const { kind, content, firstLine } = shard.rows;
    assert.ok("path" in shard.place);
    const bytes = await readParts(shard.place);
    assert.equal(sha256(bytes), content);
    const stream = Readable.from([bytes]);
    const source = { kind, name: path, stream, bytes: () => 0, firstLine };
    const rows = await rowsOf(readRowsOf(source, sampleInputs(), () => {}));
    shards.push({ rows, bytes: shard.bytes });
  }
  return shards;
}

for (const name of Object.keys(FILES)) {
  test(`${name}: the shards' rows are the file's`, async (t) => {
    const path = join(await folder(t, FILES), name);
    const whole = await rowsOf(readRows(path, sampleInputs(), () => {}));
    for (const rowsPerShard of name.startsWith("long") ? [2000] : [1, 2, 3, 100]) {
      const shards = await cutAll(t, path, rowsPerShard);
      assert.deepEqual(
        shards.flatMap(({ rows }) => rows),
        whole,
      );
      if (name.startsWith("long")) assert.equal(shards.length, Math.ceil(MANY / rowsPerShard));
      // Cut, not copied: no shard has the rows of another.
      const bytes = shards.reduce((sum, shard) => sum + shard.bytes, 0);
      assert.ok(bytes <= Buffer.byteLength(FILES[name]!));
    }
  });
}

test("files are found by name, folder and pattern, in the order of their names", async (t) => {
  const root = await folder(t, { "b.csv": "id\n", "a.jsonl": "", "c.xml": "", "d.parquet": "" });
  const names = async (input: string) => (await findInputFiles(input)).map(({ name }) => name);
  assert.deepEqual(await names(root), ["a.jsonl", "b.csv", "d.parquet"]);
  assert.deepEqual(await names(join(root, "*.csv")), ["b.csv"]);
  assert.deepEqual(await names(join(root, "b.csv")), [undefined]);
  const wrong: [input: string, message: RegExp][] = [
    [join(root, "c.xml"), /c\.xml does not end in \.csv, \.tsv, \.jsonl, \.ndjson or \.parquet/],
    [join(root, "*.tsv"), /names no file, folder or pattern with files/],
    [await folder(t, {}), /has no \.csv/],
  ];
  for (const [input, message] of wrong) await assert.rejects(findInputFiles(input), message);
});

test("a file in UTF-16 is refused with what to do", async (t) => {
  const files = { "a.csv": "\uFEFFid,title\n", "a.jsonl": '\uFEFF{"title":"War"}\n' };
  for (const [name, text] of Object.entries(files)) {
    const path = join(await folder(t, { [name]: Buffer.from(text, "utf16le") }), name);
    await assert.rejects(cutAll(t, path, 1), /is UTF-16; save it as UTF-8, or leave out --shards/);
  }
});
