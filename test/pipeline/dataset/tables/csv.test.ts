/** CSV as people have it: separators, encodings, line breaks, quotes that are wrong; each broken row by file and line. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { folder } from "../folder.ts";
import { readWhole } from "./read.ts";

const PLAIN = "id,name\n1,Anna\n2,Ben\n";
const ROWS = [
  { id: "1", name: "Anna" },
  { id: "2", name: "Ben" },
];

describe("what reads alike", () => {
  for (const [what, name, content] of [
    ["plain", "a.csv", PLAIN],
    ["no line break at the end", "a.csv", PLAIN.trimEnd()],
    ["CRLF", "a.csv", PLAIN.replaceAll("\n", "\r\n")],
    ["line breaks of old Macs", "a.csv", PLAIN.replaceAll("\n", "\r")],
    ["a byte order mark", "a.csv", `\uFEFF${PLAIN}`],
    ["a byte order mark before quotes", "a.csv", `\uFEFF"id","name"\n1,Anna\n2,Ben\n`],
    ["semicolons", "a.csv", PLAIN.replaceAll(",", ";")],
    ["pipes", "a.csv", PLAIN.replaceAll(",", "|")],
    ["tabs by the name", "a.tsv", PLAIN.replaceAll(",", "\t")],
    ["tabs by the content", "a.csv", PLAIN.replaceAll(",", "\t")],
    ["quotes", "a.csv", '"id","name"\n"1","Anna"\n"2","Ben"\n'],
    ["blank lines", "a.csv", "\n\nid,name\n1,Anna\n\n2,Ben\n\n"],
    ["gzip", "a.csv.gz", gzipSync(PLAIN)],
    ["gzip by another name", "a.csv", gzipSync(PLAIN)],
    ["no gzip in spite of the name", "a.csv.gz", PLAIN],
  ] as const) {
    test(what, async (t) => {
      const dir = await folder(t, { [name]: content });
      const { columns, rows, issues } = await readWhole(name, dir);
      assert.deepEqual(columns, ["id", "name"]);
      assert.deepEqual(rows, ROWS);
      assert.deepEqual(issues, []);
    });
  }

  for (const [encoding, node] of [
    ["latin1", "latin1"],
    ["utf-16le", "utf16le"],
  ] as const) {
    test(`${encoding} where it is said`, async (t) => {
      const dir = await folder(t, { "a.csv": Buffer.from("id,name\n1,Zoë\n", node) });
      const { rows, issues } = await readWhole({ file: "a.csv", encoding }, dir);
      assert.deepEqual(rows, [{ id: "1", name: "Zoë" }]);
      assert.deepEqual(issues, []);
    });
  }
});

test("fields keep commas, quotes and line breaks; empty ones are undefined; lines count on", async (t) => {
  const text = 'id,name\r\n1,"a, ""b""\r\n\r\nc"\r\n2,\r\n\r\n3,"x\ny"\r\n4,z\r\n';
  const dir = await folder(t, { "a.csv": text });
  const { rows, lines } = await readWhole("a.csv", dir);
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['a, "b"\r\n\r\nc', undefined, "x\ny", "z"],
  );
  assert.deepEqual(lines, [2, 5, 7, 9]);
});

test("the separator is that of the first row, also where a quote in it is never closed", async (t) => {
  const rows = ['1;"5 inch;x', "2;1,5 inch;y", "3;1,7,9 inch;z"];
  const dir = await folder(t, { "a.csv": `${rows.join("\n")}\n` });
  const found = await readWhole({ file: "a.csv", columns: ["id", "name", "tag"] }, dir);
  assert.deepEqual(
    found.rows.map(({ name }) => name),
    ["1,5 inch", "1,7,9 inch"],
  );
  assert.match(found.issues.join("\n"), /^a\.csv:1: has a quote that opens and is never closed/);
});

test("a separator of several characters knows no quotes, and columns can be named", async (t) => {
  const dir = await folder(t, { "a.dat": '1::The "Net::x\n2::"Up"::y\n' });
  const spec = { file: "a.dat", separator: "::", columns: ["id", "title", "genre"] };
  const { rows, lines, issues } = await readWhole(spec, dir);
  assert.deepEqual(rows, [
    { id: "1", title: 'The "Net', genre: "x" },
    { id: "2", title: '"Up"', genre: "y" },
  ]);
  assert.deepEqual(lines, [1, 2]);
  assert.deepEqual(issues, []);
});

test("a first line that names the separator, as Excel has it, is neither header nor row", async (t) => {
  for (const text of [
    "sep=;\nid;name\n1;a,b,c\n",
    "\uFEFFSEP=; \r\n\r\nid;name\r\n1;a,b,c",
    'sep=;\n"id";name\n1;"a,b,c"\n',
    "sep=;\rid;name\r1;a,b,c\r",
  ]) {
    const dir = await folder(t, { "a.csv": text });
    const whole = await readWhole("a.csv", dir);
    assert.deepEqual(whole.columns, ["id", "name"], text);
    assert.deepEqual(whole.rows, [{ id: "1", name: "a,b,c" }]);
    assert.deepEqual([whole.lines, whole.issues], [[text.includes("\r\n\r") ? 4 : 3], []]);
  }
  const dir = await folder(t, { "a.csv": "sep=|\n1|a\n2|b\n" });
  const { rows, lines, issues } = await readWhole({ file: "a.csv", columns: ["id", "name"] }, dir);
  assert.deepEqual(rows[0], { id: "1", name: "a" });
  assert.deepEqual([rows.length, lines, issues], [2, [2, 3], []]);
  const header = await folder(t, { "a.csv": "sep=x,name\n1,2\n" });
  assert.deepEqual((await readWhole("a.csv", header)).columns, ["sep=x", "name"]);
});

test("a header in another encoding is an issue, and costs no row", async (t) => {
  const latin = (text: string) => Buffer.from(text, "latin1");
  for (const text of [
    "id;Größe\n1;a\n2;b\n",
    '\n\nid;"Gr\nöße"\n1;"a"\n2;b',
    "id;Größe\r1;a\r2;b",
  ]) {
    const dir = await folder(t, { "a.csv": latin(text) });
    const { rows, issues } = await readWhole("a.csv", dir);
    assert.deepEqual(
      rows.map(({ id }) => id),
      ["1", "2"],
      text,
    );
    assert.equal(issues.length, 1);
    assert.match(issues[0]!, /^a\.csv:[13]: has bytes that are not UTF-8; .*"encoding": "latin1"/);
  }
});

test("a header alone has no rows, with and without an end of its line", async (t) => {
  for (const text of ["id,name", "id,name\n", "\r\n id,name\r\n\r\n"]) {
    const { rows, issues } = await readWhole("a.csv", await folder(t, { "a.csv": text }));
    assert.deepEqual([rows, issues], [[], []]);
  }
});

describe("a broken row is an issue, and the others are read", () => {
  for (const [what, text, ids, issues] of [
    [
      "a quote inside a field",
      'id,name\n1,a"b\n2,"c"\n3,d\n',
      ["2", "3"],
      [/^a\.csv:2: has a quote in the wrong place; put the whole field in quotes/],
    ],
    [
      "text after a closing quote",
      'id,name\n1,"a"b\n2,"c"\n3,d\n',
      ["2", "3"],
      [/^a\.csv:2: has a quote in the wrong place/],
    ],
    [
      "a quote that is never closed",
      'id,name\n1,a\n2,"b\n3,c\n4,d\n',
      ["1", "3", "4"],
      [/^a\.csv:3: has a quote that opens and is never closed; close it/],
    ],
    [
      "several, between fields with line breaks",
      'id,name\r\n1,"a\r\nb"\r\n2,"c"d\r\n3,"e\r\nf"\r\n4,g"h\r\n5,i\r\n',
      ["1", "3", "5"],
      [/^a\.csv:4: has a quote/, /^a\.csv:7: has a quote/],
    ],
    [
      "too many and too few fields",
      "id,name\n1,a,b\n2\n3,c\n",
      ["3"],
      [
        /^a\.csv:2: has 3 fields, expected 2; put fields that contain the separator in quotes\.$/,
        /^a\.csv:3: has 1 field, expected 2; the row is cut short/,
      ],
    ],
    [
      "bytes of Latin-1",
      Buffer.from("id,name\n1,Ana\n2,Zo\xeb\n3,Ben\n", "latin1"),
      ["1", "3"],
      [/^a\.csv:3: has bytes that are not UTF-8; save the file as UTF-8, or .*"latin1"/],
    ],
  ] as const) {
    test(what, async (t) => {
      const dir = await folder(t, { "a.csv": text });
      const found = await readWhole("a.csv", dir);
      assert.deepEqual(
        found.rows.map(({ id }) => id),
        ids,
      );
      assert.equal(found.issues.length, issues.length, found.issues.join("\n"));
      for (const [i, issue] of issues.entries()) assert.match(found.issues[i]!, issue);
    });
  }
});

describe("files that are refused", () => {
  for (const [what, content, message] of [
    ["UTF-16", Buffer.from("\uFEFFid,name\n1,a\n", "utf16le"), /UTF-16 text; save it as UTF-8/],
    [
      "a spreadsheet",
      "PK\u0003\u0004rest",
      /ZIP archive or a spreadsheet; .*export the sheet as CSV/,
    ],
    ["bytes", "id,\u0000\n", /is not text: it has NUL bytes/],
    ["blank lines alone", "\n\n\n", /is empty; its first line must name the columns/],
    ["two columns of one name", "id,a,id\n", /two columns are named "id"; rename one/],
    ["a column without a name", "id,,b\n", /column 2 has no name/],
    ["a broken header", 'id,"a"b\n1,2\n', /the header line has a quote in the wrong place/],
    ["gzip that is cut short", gzipSync(PLAIN).subarray(0, 20), /damaged or cut short: its gzip/],
  ] as const) {
    test(what, async (t) => {
      const dir = await folder(t, { "a.csv": content });
      await assert.rejects(readWhole("a.csv", dir), { name: "InputError", message });
      await assert.rejects(readWhole("a.csv", dir), /^InputError: a\.csv: /);
    });
  }
});

test("a table of several pieces has all rows and lines, and a broken quote costs one row", async (t) => {
  const long = "x".repeat(300);
  const rows = Array.from({ length: 12_000 }, (_, i) =>
    i === 5000 ? `${i},"a"b` : i % 3 === 0 ? `${i},"${long}\n""${i}"""` : `${i},${long}`,
  );
  const dir = await folder(t, { "a.csv": `id,text\n${rows.join("\n")}\n` });
  const found = await readWhole("a.csv", dir);
  assert.equal(found.rows.length, 11_999);
  // Every third row before it takes two lines.
  const lineOf = (i: number) => 2 + i + Math.ceil(i / 3);
  assert.deepEqual(
    found.issues.map((issue) => issue.replace(/: .*/, "")),
    [`a.csv:${lineOf(5000)}`],
  );
  for (const [at, { id, text }] of found.rows.entries()) {
    const i = Number(id);
    assert.equal(found.lines[at], lineOf(i));
    assert.equal(text, i % 3 === 0 ? `${long}\n"${i}"` : long);
  }
});

test("whatever is written as CSV is read again", async (t) => {
  const cell = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r\n", " ", "é", "|") });
  let n = 0;
  const dir = await folder(t);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1 }), async (rows) => {
      const quoted = rows.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join());
      const name = `${n++}.csv`;
      const files = await folder(t, { [name]: `a,b\n${quoted.join("\n")}\n` });
      const found = await readWhole({ file: name, separator: "," }, files);
      const expected = rows.map(([a, b]) => ({ a: a || undefined, b: b || undefined }));
      assert.deepEqual(found.rows, expected);
      assert.deepEqual(found.issues, []);
    }),
    { numRuns: 100, seed: 7 },
  );
  assert.ok(dir);
});

test("a table without quotes reads as one that has some", async (t) => {
  const line = fc.string({ unit: fc.constantFrom("a", ",", " ", "é", "\r") });
  const ends = fc.constantFrom("\n", "\r\n");
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1 }), ends, async (lines, end) => {
      const text = lines.join(end);
      const files = await folder(t, {
        "plain.csv": `a,b${end}${text}`,
        "quoted.csv": `"a",b${end}${text}`,
      });
      const read = async (file: string) => {
        const { rows, lines, issues } = await readWhole({ file, separator: "," }, files);
        return { rows, lines, issues: issues.map((issue) => issue.replace(file, "")) };
      };
      assert.deepEqual(await read("plain.csv"), await read("quoted.csv"));
    }),
    { numRuns: 200, seed: 7 },
  );
});
