/** Rows of files that are not UTF-8: each is refused by itself, with the column where there is one. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { byPlace, createIssueList } from "../../../pipeline/dataset/issues.ts";
import { openTable } from "../../../pipeline/dataset/tables/open.ts";
import { InputError } from "../../../predictor/errors.ts";
import type { Item } from "../../../predictor/inputs/inputType.ts";
import type { InputSpec, InputSpecs } from "../../../predictor/inputs/types.ts";
import { createItemEncoder } from "../../../predictor/item.ts";
import { parseRatings } from "../../../predictor/ratingsFile.ts";
import { readRows } from "../../../serve/batch/rows.ts";
import { isAnyGiven } from "../../../serve/core/inputs/types.ts";
import { sampleInputs } from "../../predictor/sampleManifest.ts";

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-rows-"));
});
after(() => rm(root, { recursive: true, force: true }));

/** Written as Latin-1: characters beyond ASCII are no UTF-8. */
async function read(
  name: string,
  lines: readonly string[],
  inputs: InputSpecs = sampleInputs(),
  onIgnored: (name: string) => void = () => {},
) {
  const path = join(root, name);
  await writeFile(path, lines.join("\n"), "latin1");
  const rows: (readonly unknown[])[] = [];
  for await (const { line, id, row } of readRows(path, inputs, onIgnored)) {
    rows.push(row instanceof InputError ? [line, id, row.field, row.detail] : [line, id, row.item]);
  }
  return rows;
}

const DETAIL = 'is not UTF-8 after "caf"; save it as UTF-8';

test("a cell of a CSV file that is not UTF-8; columns that are not read may be anything", async () => {
  const rows = await read("a.csv", [
    "id,title,note",
    "1,café,",
    "2,war,café",
    "café,war,",
    "4,peace,",
  ]);
  assert.deepEqual(rows, [
    [2, "1", "title", DETAIL],
    [3, "2", { title: "war" }],
    [4, "caf\uFFFD", "id", DETAIL],
    [5, "4", { title: "peace" }],
  ]);
});

test("a line of a JSON Lines file that is not UTF-8", async () => {
  const rows = await read("a.jsonl", ['{"id":1,"title":"café"}', '{"id":2,"title":"war"}']);
  const detail = 'is not UTF-8 after "{\\"id\\":1,\\"title\\":\\"caf"; save it as UTF-8';
  assert.deepEqual(rows, [
    [1, 1, "row", detail],
    [2, 2, { title: "war" }],
  ]);
});

test("the rows before a quote that is never closed are read, the rest is refused once", async () => {
  const rows = await read("open.csv", [
    "id,title",
    "1,war",
    "2,love",
    '3,"never closed',
    "4,peace",
  ]);
  assert.deepEqual(rows, [
    [2, "1", { title: "war" }],
    [3, "2", { title: "love" }],
    [
      4,
      undefined,
      "row",
      "has a quote that opens and is never closed; close it, or write a quote within quotes as two; the rest of the file is not read",
    ],
  ]);
});

test("a row is refused in the words of data sets and of files of ratings", async () => {
  const lines = ["user,title,stars", "1,2,3,4", "5", '6,"open,7'];
  const batch = (await read("wrong.csv", lines)).map(([line, , , detail]) => [line, detail]);
  const issues = createIssueList();
  for await (const { rows } of (await openTable("wrong.csv", root, issues)).read()) {
    assert.equal(rows, 0);
  }
  const dataset = issues.list
    .toSorted(byPlace)
    .map(({ line, message }) => [line, message.replace(/\.$/, "")]);
  assert.equal(dataset.length, 3);
  const last = `${dataset[2]![1]}; the rest of the file is not read`;
  assert.deepEqual(batch, [...dataset.slice(0, 2), [4, last]]);
  const { ratings } = sampleInputs();
  assert.throws(
    () => parseRatings(lines.join("\n"), "wrong.csv", parse, ratings),
    ({ detail }: InputError) =>
      dataset.every(([line, message]) => detail.includes(`line ${line} ${message}`)),
  );
});

const MISSING = ["N/A", "-"];
const TABLE: InputSpecs = {
  price: { type: "number", whole: false, missing: MISSING },
  tags: { type: "category", values: ["en", "de"], maxValues: 2, missing: MISSING },
};

test("what means no value in the data set is not given, and null is not", async () => {
  const expected = [{}, { tags: "en" }, { price: "1.5" }];
  const csv = await read("missing.csv", ["price,tags", "-,N/A", ",en", "1.5,-"], TABLE);
  assert.deepEqual(
    csv.map(([, , item]) => item),
    expected,
  );
  const jsonl = await read(
    "missing.jsonl",
    ['{"price":"-","tags":null}', '{"price":null,"tags":"en"}', '{"id":null,"price":"1.5"}'],
    TABLE,
  );
  assert.deepEqual(
    jsonl.map(([, , item]) => item),
    expected,
  );
});

test("a number that means no value is not given, in a cell, in JSON and in a request", async () => {
  const missing = ["-999"];
  const inputs: InputSpecs = {
    price: { type: "number", whole: false, missing },
    tags: { type: "category", values: ["en"], maxValues: 2, missing },
  };
  const expected = [{ price: "1.5" }, { tags: "en" }];
  const csv = await read("number.csv", ["price,tags", "1.5,-999", "-999,en"], inputs);
  assert.deepEqual(
    csv.map(([, , item]) => item),
    expected,
  );
  const lines = ['{"price":1.5,"tags":-999}', '{"price":-999,"tags":"en"}'];
  const jsonl = await read("number.jsonl", lines, inputs);
  assert.deepEqual(
    jsonl.map(([, , item]) => item),
    [{ price: 1.5 }, { tags: "en" }],
  );
  const requested = { price: -999, tags: -999 };
  assert.ok(!isAnyGiven(requested, inputs));
  const { encode } = createItemEncoder(inputs);
  assert.deepEqual(encode(requested), encode({}));
});

test("cells are read with a decimal comma where the data has one, and numbers of JSON are themselves", async () => {
  const inputs: InputSpecs = { price: { type: "number", whole: false, decimal: "," } };
  const { encode } = createItemEncoder(inputs);
  const encoded = async (name: string, lines: readonly string[]) =>
    (await read(name, lines, inputs)).map(([, , item]) => encode(item as Item).price);
  assert.deepEqual(
    await encoded("comma.csv", ["price;id", "1.234,5;1", "1.234;2", "12;3"]),
    [1234.5, 1234, 12],
  );
  assert.deepEqual(
    await encoded("comma.jsonl", ['{"price":"1.234,5"}', '{"price":1.234}', '{"price":"1.234"}']),
    [1234.5, 1.234, 1234],
  );
  const [refused] = await read("point.csv", ["price;id", "1234.5;1"], inputs);
  assert.deepEqual(refused, [2, "1", "price", '"1234.5" is not a number with a decimal comma']);
});

test("a number that has lost digits is refused where it would be text, and named", async () => {
  const lost = `is a number beyond ±(2^53 - 1), of which the last digits are lost; write it in quotes, as text`;
  const inputs: InputSpecs = { ...TABLE, ...sampleInputs() };
  const rows = [
    '{"id":1234567890123456789,"title":"War"}',
    '{"id":"1234567890123456789","title":"War"}',
    '{"id":1,"title":-1234567890123456789}',
    '{"id":2,"tags":1234567890123456789}',
    '{"id":3,"tags":["en",1234567890123456789]}',
    '{"id":4,"price":1234567890123456789}',
    '{"id":9007199254740991,"title":9007199254740991}',
  ];
  assert.deepEqual(await read("digits.jsonl", rows, inputs), [
    [1, undefined, "id", lost],
    [2, "1234567890123456789", { title: "War" }],
    [3, 1, "title", lost],
    [4, 2, "tags", lost],
    [5, 3, "tags[1]", lost],
    [6, 4, { price: 1234567890123456800 }],
    [7, 9007199254740991, { title: "9007199254740991" }],
  ]);
});

const ROWS = [
  { id: "1", tags: ["en", "de"], price: "1.5" },
  { id: "2", tags: "en", price: "2" },
];
const itemsOf = (rows: readonly (readonly unknown[])[]) => rows.map(([, id, item]) => [id, item]);
const ITEMS = [
  ["1", { tags: ["en", "de"], price: "1.5" }],
  ["2", { tags: "en", price: "2" }],
];

test("tables are read as data sets are: any separator, lists in cells, JSON arrays, gzip", async () => {
  for (const [name, separator] of [
    ["semicolon.csv", ";"],
    ["pipe.txt", "|"],
    ["tab.tsv", "\t"],
    ["comma.dat", ","],
  ] as const) {
    const list = separator === "," ? '"[""en"",""de""]"' : '["en","de"]';
    const lines = [
      ["id", "tags", "price"],
      ["1", list, "1.5"],
      ["2", "en", "2"],
    ];
    const text = lines.map((cells) => cells.join(separator));
    assert.deepEqual(itemsOf(await read(name, text, TABLE)), ITEMS, name);
  }
  const array = await read("rows.json", [JSON.stringify(ROWS, undefined, 1)], TABLE);
  assert.deepEqual(itemsOf(array), ITEMS);
  assert.deepEqual(
    array.map(([line]) => line),
    [1, 2],
  );
  const lines = ROWS.map((row) => JSON.stringify(row));
  assert.deepEqual(itemsOf(await read("lines.json", lines, TABLE)), ITEMS);
  for (const [name, text] of [
    ["rows.json.gz", JSON.stringify(ROWS)],
    ["rows.csv.gz", 'id,tags,price\n1,"[""en"",""de""]",1.5\n2,en,2\n'],
  ] as const) {
    await writeFile(join(root, name), gzipSync(text));
    const rows: unknown[] = [];
    for await (const { id, row } of readRows(join(root, name), TABLE, () => {})) {
      rows.push([id, "item" in row && row.item]);
    }
    assert.deepEqual(rows, ITEMS, name);
  }
  await writeFile(join(root, "cut.csv.gz"), gzipSync("id,tags\n1,en\n").subarray(0, 20));
  const cut = readRows(join(root, "cut.csv.gz"), TABLE, () => {});
  await assert.rejects(cut.next(), { message: /cut\.csv\.gz is damaged or cut short: its gzip/ });
  await assert.rejects(read("rows.xml", [""], TABLE), {
    message: /does not end in \.csv.*\.json, or/,
  });
});

test("a first line that names the separator is passed over, and counts as a line", async () => {
  const rows = await read("excel.csv", ["sep=;", "id;tags;price", "1;en,de;1", "2;fr;2"], TABLE);
  assert.deepEqual(rows, [
    [3, "1", { tags: "en,de", price: "1" }],
    [4, "2", { tags: "fr", price: "2" }],
  ]);
});

test("a category with a separator has its values split, in JSON, too", async () => {
  const inputs: InputSpecs = { tags: { ...TABLE.tags, separator: "|" } as InputSpec };
  const lines = ["id,tags", "1,en|de"];
  const expected = [["1", { tags: ["en", "de"] }]];
  assert.deepEqual(itemsOf(await read("split.csv", lines, inputs)), expected);
  const json = await read("split.jsonl", ['{"id":"1","tags":"en|de"}'], inputs);
  assert.deepEqual(itemsOf(json), expected);
});

test("further columns and keys are ignored, each told once, as they are written", async () => {
  for (const [name, lines] of [
    ["further.csv", ["Id,Tags,tag,Url", "1,en,a,b", "2,de,a,b"]],
    ["further.jsonl", ['{"id":"1","tags":"en","tag":1,"Url":2}', '{"id":"2","tags":"de","tag":1}']],
  ] as const) {
    const ignored: string[] = [];
    const rows = await read(name, lines, TABLE, (column) => ignored.push(column));
    assert.deepEqual(
      itemsOf(rows),
      [
        ["1", { tags: "en" }],
        ["2", { tags: "de" }],
      ],
      name,
    );
    assert.deepEqual(ignored, ["tag", "Url"]);
  }
});

test("a header with a name twice, or none that is known, is refused before anything is told", async () => {
  const told: string[] = [];
  const header = (line: string) => read("header.csv", [line], TABLE, (name) => told.push(name));
  await assert.rejects(header("tags,price,tags"), {
    message: /header\.csv:1: two columns are named "tags"; rename one$/,
  });
  await assert.rejects(header("Name;Url"), {
    message: /:1 must be a header with any of the columns id, price, tags; found Name, Url$/,
  });
  await assert.rejects(header("id,prise"), { message: /the column "prise".*mean "price"/ });
  assert.deepEqual(told, []);
});

test("in JSON Lines, only a line feed ends a row", async () => {
  const path = join(root, "separator.jsonl");
  await writeFile(path, '{"id":1,"title":"war\u2028and peace"}\r\n\r\n{"id":2,"title":"love"}');
  const rows: unknown[] = [];
  for await (const { line, id } of readRows(path, sampleInputs(), () => {})) rows.push([line, id]);
  assert.deepEqual(rows, [
    [1, 1],
    [3, 2],
  ]);
});

test("a table like that of training is read by the names of its columns, any other by the inputs'", async () => {
  const text = { ...sampleInputs().title, form: "plain" } as InputSpec;
  const inputs: InputSpecs = {
    textOfReview: { ...text, column: "Text of review" },
    aB: { ...text, column: "a b" },
    aB3: { ...text, column: "aB" },
    note: text,
  };
  const ignored: string[] = [];
  const readBoth = async (name: string, values: Readonly<Record<string, string>>) => {
    const names = Object.keys(values);
    const csv = await read(
      `${name}.csv`,
      [names.join(","), Object.values(values).join(",")],
      inputs,
    );
    const onIgnored = (name: string) => ignored.push(name);
    const json = await read(`${name}.jsonl`, [JSON.stringify(values)], inputs, onIgnored);
    assert.deepEqual(csv[0]![2], json[0]![2]);
    return csv[0]![2];
  };
  assert.deepEqual(
    await readBoth("table", { "Text of review": "good", "a b": "one", aB: "two", note: "n" }),
    { textOfReview: "good", aB: "one", aB3: "two", note: "n" },
  );
  assert.deepEqual(await readBoth("own", { textOfReview: "good", aB: "one", aB3: "two" }), {
    textOfReview: "good",
    aB: "one",
    aB3: "two",
  });
  assert.deepEqual(ignored, []);
  await assert.rejects(read("wrong.csv", ["Text of reviews", "good"], inputs), {
    message: /"Text of reviews" is not known; did you mean "Text of review"/,
  });
});

test("numbers with a separator between them are a sequence, as in the training table", async () => {
  const spec = { type: "sequence", features: 1, maxSteps: 5, mean: [0], std: [1] } as const;
  const inputs: InputSpecs = { pulse: { ...spec, separator: " " }, series: spec };
  const rows = await read("pulse.csv", ["pulse,series", '70  71,"[1, 2]"', "[72],3", "x,"], inputs);
  assert.deepEqual(rows.slice(0, 2), [
    [2, undefined, { pulse: ["70", "71"], series: [1, 2] }],
    [3, undefined, { pulse: [72], series: 3 }],
  ]);
  assert.equal(rows[2]![2], "pulse");
  const { encode } = createItemEncoder(inputs);
  assert.deepEqual(encode({ pulse: ["70", "71"] }), encode({ pulse: [70, 71] }));
});
