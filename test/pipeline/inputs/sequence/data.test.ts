/** Sequences of a description: lists, files and text; and what becomes of rows that cannot be used. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parquetWriteBuffer } from "hyparquet-writer";
import type { Dataset } from "../../../../pipeline/dataset/dataset.ts";
import { csv, issuesOf, readShop } from "../../dataset/described/shop.ts";
import { npyFile } from "./npyFile.ts";

const lines = (...rows: object[]) => `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`;
const keys = (more: object = {}, items = "items.jsonl") => ({
  items,
  inputs: { steps: { type: "sequence", ...more } },
});
const stepsOf = ({ movies }: Dataset) => movies.map(({ values }) => values.steps);
const ITEMS = [
  [1, 2],
  [3, 4],
];

test("lists of JSON lines: of steps, or of the numbers of one; null is none", async (t) => {
  const items = lines(
    { sku: "a", steps: ITEMS, tags: "x" },
    { sku: "b", steps: [5, 6], tags: "y" },
    { sku: "c", steps: null, tags: "x" },
  );
  const shop = await readShop(t, { "items.jsonl": items }, keys());
  assert.deepEqual(stepsOf(shop), [ITEMS, [[5, 6]], undefined]);
  assert.deepEqual(issuesOf(shop), []);
});

test("with one feature, a list of numbers is a list of steps", async (t) => {
  const items = lines(
    { sku: "a", steps: [1, 2, 3], tags: "x" },
    { sku: "b", steps: [[4]], tags: "y" },
    { sku: "c", steps: [5], tags: "y" },
  );
  const shop = await readShop(t, { "items.jsonl": items }, keys({ features: 1 }));
  assert.deepEqual(stepsOf(shop), [[[1], [2], [3]], [[4]], [[5]]]);
});

test("cells of text: separated, or JSON", async (t) => {
  const items = csv("sku,steps,tags", "a,1;2.5;-3,x", "b,,y", 'c,"[[1,2,3],[4,5,6]]",y');
  const separated = keys({ separator: ";" }, "items.csv");
  const shop = await readShop(t, { "items.csv": items }, separated);
  assert.deepEqual(stepsOf(shop), [
    [[1, 2.5, -3]],
    undefined,
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ]);
});

test("files of NumPy, in their folder; those that are not there are noted", async (t) => {
  const items = csv("sku,steps,tags", "a,a.npy,x", "b,b.npy,y");
  const files = {
    "items.csv": items,
    "arrays/a.npy": npyFile("<f4", "2, 2", Float32Array.from(ITEMS.flat())),
  };
  const shop = await readShop(t, files, keys({ folder: "arrays" }, "items.csv"));
  assert.deepEqual(stepsOf(shop), [ITEMS, undefined]);
  assert.deepEqual(issuesOf(shop), [
    'note items.csv: 1 file is not there, and left out of "steps": "steps" names "b.npy", but there is no file "arrays/b.npy" (line 3)',
  ]);
});

test("files of NumPy are beside their table; a folder of such a name is noted", async (t) => {
  const array = npyFile("<f4", "2, 2", Float32Array.from(ITEMS.flat()));
  const files = {
    "data/items.csv": csv("sku,steps,tags", "a, a.npy ,x", "b,b.npy,y"),
    ...{ "data/a.npy": array, "data/b.npy/a.npy": array },
  };
  const shop = await readShop(t, files, keys({}, "data/items.csv"));
  assert.deepEqual(stepsOf(shop), [ITEMS, undefined]);
  assert.deepEqual(issuesOf(shop), [
    'note data/items.csv: 1 file cannot be read, and is left out of "steps": "steps" names "b.npy", but "data/b.npy" is a folder, not a file (line 3)',
  ]);
});

test("lists of Parquet", async (t) => {
  const bytes = Buffer.from(
    parquetWriteBuffer({
      columnData: [
        { name: "sku", data: ["a", "b"], type: "STRING" },
        { name: "steps", data: [ITEMS, [[5, 6]]], type: "JSON" },
        { name: "tags", data: ["x", "y"], type: "STRING" },
      ],
    }),
  );
  const shop = await readShop(t, { "items.parquet": bytes }, keys({}, "items.parquet"));
  assert.deepEqual(stepsOf(shop), [ITEMS, [[5, 6]]]);
});

test("rows whose shape or values are wrong are named with file and line", async (t) => {
  const wrong = [
    [[1, 2, 3]],
    [[1, 2], [3]],
    [[1, 2], 3],
    [[1, "x"]],
    [],
    { a: 1 },
    "1 2",
    [[], []],
    "bad.npy",
    "[1, 2",
  ];
  const items = lines(
    { sku: "ok", steps: ITEMS, tags: "x" },
    { sku: "two", steps: ITEMS, tags: "y" },
    ...wrong.map((steps, i) => ({ sku: `w${i}`, steps, tags: "x" })),
  );
  const shop = await readShop(t, { "items.jsonl": items, "bad.npy": "no" }, keys());
  assert.deepEqual(
    shop.movies.map(({ id }) => id),
    ["ok", "two", "w4"],
    "an empty list is no value",
  );
  const messages = [
    /^items\.jsonl:3: "steps" has a step of 3 numbers, expected 2, as in the first row that can/,
    /^items\.jsonl:4: "steps" has 1 numbers at step 2, and 2 at the first\.$/,
    /^items\.jsonl:5: "steps" has a number among lists at step 2; expected lists alone\.$/,
    /^items\.jsonl:6: "steps" has "x" at step 1, expected a finite number\.$/,
    /^items\.jsonl:8: "steps" is .*, expected a list of numbers\.$/,
    /^items\.jsonl:9: "steps" is "1 2", expected a list .*; say what is between .* "separator"\.$/,
    /^items\.jsonl:10: "steps" has 0 numbers at step 1/,
    /^items\.jsonl:11: "steps" names bad\.npy, which cannot be read: it is not in NumPy's format\.$/,
    /^items\.jsonl:12: "steps" is "\[1, 2", which begins like a JSON list, but is not one\.$/,
  ];
  const issues = issuesOf(shop);
  assert.equal(issues.length, messages.length, issues.join("\n"));
  for (const [i, message] of messages.entries()) assert.match(issues[i]!, message);
  assert.equal(shop.issueCounts["items.jsonl"], 9);
  await assert.rejects(
    readShop(t, { "items.jsonl": items, "bad.npy": "no" }, keys(), true),
    /9 issues in the data set \(strict mode\)/,
  );
});

test("numbers beyond float32 are refused in lists and in files", async (t) => {
  const files = {
    "items.csv": csv("sku,steps,tags", "a,1;2,x", "b,1;5e38,y", "c,c.npy,x", "d,3;4,y"),
    "c.npy": npyFile("<f8", "1, 2", Float64Array.of(1, 5e38)),
  };
  const shop = await readShop(t, files, keys({ separator: ";" }, "items.csv"));
  assert.deepEqual(stepsOf(shop), [[[1, 2]], [[3, 4]]]);
  const [list, file] = issuesOf(shop);
  assert.match(list!, /^items\.csv:3: "steps" has "5e38" at step 1, .*; models compute in float32/);
  assert.match(file!, /^items\.csv:4: "steps" names c\.npy, .*it has 5e\+38 at step 1/);
});

test("the description's number of features is what counts", async (t) => {
  const items = lines(
    { sku: "a", steps: [[1, 2, 3]], tags: "x" },
    { sku: "b", steps: ITEMS, tags: "y" },
    { sku: "c", steps: ITEMS, tags: "x" },
  );
  const shop = await readShop(t, { "items.jsonl": items }, keys({ features: 2 }));
  assert.match(issuesOf(shop)[0]!, /:1: "steps" has a step of 3 .*2, as the description says\.$/);
  assert.equal(shop.movies.length, 2);
});
