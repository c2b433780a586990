/** Which files a table is of: lists, globs, and what is no table at all. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createIssueList } from "../../../../pipeline/dataset/issues.ts";
import { checkColumns, openTable } from "../../../../pipeline/dataset/tables/open.ts";
import { folder } from "../folder.ts";
import { readWhole } from "./read.ts";

const FILES = {
  "b.csv": "id,x\n3,c\n",
  "a.csv": "x,id\na,1\nb,2\n",
  "other.csv": "id,y\n4,d\n",
  "parts/1.jsonl": '{"id":5}\n',
  "parts/2.jsonl": '{"id":6,"x":"e"}\n',
  "odd[1].csv": "id\n9\n",
  "odd1.csv": "id\n8\n",
};

test("files of a list are read in its order, those of a glob by name; columns by their names", async (t) => {
  const dir = await folder(t, FILES);
  const list = await readWhole(["b.csv", "a.csv"], dir);
  assert.deepEqual(list.columns, ["id", "x"]);
  assert.deepEqual(list.rows, [
    { id: "3", x: "c" },
    { id: "1", x: "a" },
    { id: "2", x: "b" },
  ]);
  const glob = await readWhole("[ab].csv", dir);
  assert.deepEqual(
    glob.rows.map(({ id }) => id),
    ["1", "2", "3"],
  );
});

test("objects may lack keys, also all of a file", async (t) => {
  const dir = await folder(t, FILES);
  const { columns, rows } = await readWhole("parts/*.jsonl", dir);
  assert.deepEqual(columns, ["id", "x"]);
  assert.deepEqual(rows, [
    { id: 5, x: undefined },
    { id: 6, x: "e" },
  ]);
});

test("a name with the characters of a glob is a name if there is such a file", async (t) => {
  const dir = await folder(t, FILES);
  assert.deepEqual((await readWhole("odd[1].csv", dir)).rows, [{ id: "9" }]);
});

describe("what is refused", () => {
  for (const [what, spec, message] of [
    ["a file that is not there", "no.csv", /^no\.csv: there is no such file/],
    ["a glob without a file", "no*.csv", /^no\*\.csv: no file in .* matches/],
    [
      "a folder",
      "parts",
      /^parts: is a folder; name a table in it, or a glob such as "parts.\*\.csv"/,
    ],
    ["an empty file", "empty.csv", /^empty\.csv: is empty/],
    ["another format", "a.docx", /^a\.docx: has an unknown format; expected .*\.csv/],
    [
      "files with different columns",
      ["a.csv", "other.csv"],
      /^other\.csv: lacks "x" and has "y" besides, compared with a\.csv; files of one table/,
    ],
  ] as const) {
    test(what, async (t) => {
      const dir = await folder(t, { ...FILES, "empty.csv": "", "a.docx": "x" });
      await assert.rejects(openTable(spec, dir, createIssueList()), {
        name: "InputError",
        message,
      });
    });
  }
});

test("a column that is not there is named with its key and the nearest one", async (t) => {
  const dir = await folder(t, { "a.csv": "title,price\nx,1\n" });
  const table = await openTable("a.csv", dir, createIssueList());
  checkColumns(table, new Map([["price", "id"]]), "items");
  assert.throws(() => checkColumns(table, new Map([["titel", "inputs.name"]]), "items"), {
    name: "InputError",
    message: 'inputs.name: the table of items has no column "titel"; did you mean "title"?',
  });
});
