/** JSON lines and arrays of objects: values as they are, broken lines by number. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { folder } from "../folder.ts";
import { readWhole } from "./read.ts";

const ROWS = [
  { id: 1, tags: ["a", "b"], name: undefined },
  { id: 2, tags: undefined, name: "Ben" },
];
const LINES = '{"id":1,"tags":["a","b"]}\n{"id":2,"tags":null,"name":"Ben"}\n';

describe("what reads alike", () => {
  for (const [what, name, content] of [
    ["an object a line", "a.jsonl", LINES],
    [
      "CRLF, blank lines and a byte order mark",
      "a.ndjson",
      `\uFEFF\r\n${LINES.replaceAll("\n", "\r\n\r\n")}`,
    ],
    ["lines in a file named .json", "a.json", LINES],
    ["an array", "a.json", `[${LINES.trim().replace("\n", ",\n")}]`],
    ["an array in a file named .jsonl", "a.jsonl", `\n [${LINES.trim().replace("\n", ",\n")}]`],
    ["gzip", "a.jsonl.gz", gzipSync(LINES)],
  ] as const) {
    test(what, async (t) => {
      const dir = await folder(t, { [name]: content });
      const { columns, rows, issues } = await readWhole(name, dir);
      assert.deepEqual([...columns].sort(), ["id", "name", "tags"]);
      assert.deepEqual(rows, ROWS);
      assert.deepEqual(issues, []);
    });
  }
});

test("lines that are no object are issues, and the others are read", async (t) => {
  const bad = Buffer.concat([
    Buffer.from('{"id":1}\n{"id":\n[2]\n\n'),
    Buffer.from('{"id":"\xeb"}\n', "latin1"),
    Buffer.from('{"id":3}\n'),
  ]);
  const dir = await folder(t, { "a.jsonl": bad });
  const { rows, lines, issues } = await readWhole("a.jsonl", dir);
  assert.deepEqual(rows, [{ id: 1 }, { id: 3 }]);
  assert.deepEqual(lines, [1, 6]);
  assert.equal(issues.length, 3);
  assert.match(issues[0]!, /^a\.jsonl:2: is not JSON \(.*\); expected one object on each line\.$/);
  assert.match(issues[1]!, /^a\.jsonl:3: is not a JSON object; expected one in braces/);
  assert.match(issues[2]!, /^a\.jsonl:5: has bytes that are not UTF-8/);
});

test("an element that is no object is an issue, an array that is broken an error with its line", async (t) => {
  const dir = await folder(t, {
    "a.json": '[{"id":1}, 5, {"id":2}]',
    "b.json": '[{"id":1},\n{"id":2},\n{"id":]',
  });
  const { rows, issues } = await readWhole("a.json", dir);
  assert.deepEqual(rows, [{ id: 1 }, { id: 2 }]);
  assert.deepEqual(issues, ["a.json:2: element 2 is not an object."]);
  await assert.rejects(readWhole("b.json", dir), {
    name: "InputError",
    message: /^b\.json: line 3 is not JSON \(.*\); mend the array, or write one object a line$/,
  });
});

test("a column called as what every object has is as empty as any other", async (t) => {
  const names = ["constructor", "toString", "__proto__"];
  const lines = [...names.map((name) => `{"${name}":"x"}`), '{"id":1}'];
  const dir = await folder(t, { "a.jsonl": lines.join("\n"), "a.json": `[${lines}]` });
  for (const name of ["a.jsonl", "a.json"]) {
    const { rows } = await readWhole(name, dir, names);
    assert.deepEqual(
      rows.map((row) => names.map((column) => row[column])),
      [
        ...names.map((name) => names.map((other) => (other === name ? "x" : undefined))),
        names.map(() => undefined),
      ],
    );
  }
});

test("a file without an object is refused", async (t) => {
  const dir = await folder(t, { "a.jsonl": " \n\n", "b.jsonl": "1\n2\n", "c.json": "[]" });
  await assert.rejects(readWhole("a.jsonl", dir), /a\.jsonl: is empty; expected an array/);
  await assert.rejects(readWhole("b.jsonl", dir), /b\.jsonl: has no line that is a JSON object/);
  await assert.rejects(readWhole("c.json", dir), /c\.json: has no object with keys/);
});

test("a key that comes late is named once, with its line", async (t) => {
  const lines = Array.from({ length: 1500 }, (_, i) =>
    JSON.stringify(i < 1200 ? { id: i } : { id: i, late: 1 }),
  );
  const dir = await folder(t, { "a.jsonl": lines.join("\n") });
  const { columns, rows, issues } = await readWhole("a.jsonl", dir);
  assert.deepEqual(columns, ["id"]);
  assert.equal(rows.length, 1500);
  assert.equal(issues.length, 1);
  assert.match(issues[0]!, /^a\.jsonl:1201: is the first row with the key "late"/);
});
