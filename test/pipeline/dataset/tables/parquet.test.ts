/** Parquet of real bytes, written by hyparquet-writer. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { folder } from "../folder.ts";
import { readWhole } from "./read.ts";

const NUMBERS = Array.from({ length: 30 }, (_, i) => i + 0.5);

function table(rowGroupSize = 10): Buffer {
  return Buffer.from(
    parquetWriteBuffer({
      columnData: [
        { name: "id", data: NUMBERS.map((_, i) => BigInt(i)), type: "INT64" },
        { name: "price", data: NUMBERS, type: "DOUBLE" },
        { name: "name", data: NUMBERS.map((n) => (n < 3 ? null : `item ${n}`)), type: "STRING" },
        { name: "made", data: NUMBERS.map((_, i) => new Date(i)), type: "TIMESTAMP" },
      ],
      rowGroupSize,
    }),
  );
}

test("values are numbers, text and ISO dates; rows are numbered from 1", async (t) => {
  const dir = await folder(t, { "a.parquet": table() });
  const { columns, rows, lines, issues } = await readWhole("a.parquet", dir);
  assert.deepEqual(columns, ["id", "price", "name", "made"]);
  assert.equal(rows.length, 30);
  assert.deepEqual(rows[1], {
    ...{ id: 1, price: 1.5, name: undefined },
    made: "1970-01-01T00:00:00.001Z",
  });
  assert.deepEqual(rows[29], {
    ...{ id: 29, price: 29.5, name: "item 29.5" },
    made: "1970-01-01T00:00:00.029Z",
  });
  assert.deepEqual(
    lines,
    NUMBERS.map((n) => n + 0.5),
  );
  assert.deepEqual(issues, []);
});

test("lists and objects hold plain values, too", async (t) => {
  const schema = [
    { name: "root", num_children: 1 },
    { name: "steps", repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST" },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: "INT64", repetition_type: "OPTIONAL" },
  ] as const;
  const bytes = parquetWriteBuffer({
    schema: [...schema],
    columnData: [{ name: "steps", data: [[1n, 2n], null, [2n ** 60n]] }],
  });
  const dir = await folder(t, { "a.parquet": Buffer.from(bytes) });
  const { columns, rows } = await readWhole("a.parquet", dir);
  assert.deepEqual(columns, ["steps"]);
  assert.deepEqual(
    rows.map(({ steps }) => steps),
    [[1, 2], undefined, [String(2n ** 60n)]],
  );
});

test("only the columns that are asked for are given, in their order", async (t) => {
  const dir = await folder(t, { "a.parquet": table() });
  const { rows } = await readWhole("a.parquet", dir, ["price", "id"]);
  assert.deepEqual(rows[2], { price: 2.5, id: 2 });
});

test("a damaged row group is an issue per row, and the others are read", async (t) => {
  const bytes = table();
  // The first row group starts after the magic number.
  bytes.fill(0xff, 4, 24);
  const dir = await folder(t, { "a.parquet": bytes });
  const { rows, lines, issues } = await readWhole("a.parquet", dir);
  assert.equal(rows.length, 20);
  assert.equal(lines[0], 11);
  assert.equal(issues.length, 10);
  assert.match(issues[0]!, /^a\.parquet:1: cannot be read: its row group is damaged/);
});

describe("files that are refused", () => {
  for (const [what, content, message] of [
    ["cut short", table().subarray(0, 400), /is not Parquet, or is cut short \(.*\); get the file/],
    ["text", "id,name\n1,a\n", /is not Parquet, or is cut short/],
    ["gzip", gzipSync(table()), /is gzip; unpack it, because Parquet is compressed inside/],
  ] as const) {
    test(what, async (t) => {
      const dir = await folder(t, { "a.parquet": content });
      await assert.rejects(readWhole("a.parquet", dir), { name: "InputError", message });
    });
  }
});
