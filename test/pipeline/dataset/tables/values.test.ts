/** Cells as numbers and lists. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createIssueList, describeDataIssue } from "../../../../pipeline/dataset/issues.ts";
import type { Cell } from "../../../../pipeline/dataset/tables/table.ts";
import {
  describeBadNumber,
  numbersOf,
  toList,
  toNumber,
} from "../../../../pipeline/dataset/tables/values.ts";

test("numbers are decimal; nothing else is taken for one", () => {
  for (const [cell, expected] of [
    ["1", 1],
    [" -2.5 ", -2.5],
    ["+.5", 0.5],
    ["3.", 3],
    ["1e3", 1000],
    [7, 7],
    [true, 1],
    ["", undefined],
    ["0x10", undefined],
    ["Infinity", undefined],
    ["3.4e38", 3.4e38],
    ["5e38", undefined],
    ["-1e999", undefined],
    [5e38, undefined],
    ["1,000", undefined],
    ["12 cm", undefined],
    [Number.NaN, undefined],
    [[1], undefined],
  ] as const) {
    assert.equal(toNumber(cell), expected, JSON.stringify(cell));
  }
});

test("with a decimal comma, points and spaces group digits by three", () => {
  for (const [cell, expected] of [
    ["206.705,07", 206705.07],
    ["1.234.567", 1234567],
    ["1\u202f234,5", 1234.5],
    [" -70,5 ", -70.5],
    [",5", 0.5],
    ["12", 12],
    ["1,5e3", 1500],
    [12.5, 12.5],
    ["12.5", undefined],
    ["1.23,4", undefined],
    ["1,234,567", undefined],
    ["70,5 m²", undefined],
    ["", undefined],
  ] as const) {
    assert.equal(toNumber(cell, ","), expected, JSON.stringify(cell));
  }
});

test("a column's bad numbers are issues with file, line and advice; missing ones are not", () => {
  const cells: readonly Cell[] = ["1.5", "NA", undefined, "1,200", "cheap", 4, -999];
  const batch = {
    file: "a.csv",
    rows: cells.length,
    columns: new Map([["price", cells]]),
    lines: [2, 3, 4, 5, 6, 7, 8],
  };
  const issues = createIssueList();
  const numbers = numbersOf(batch, "price", new Set(["NA", "-999"]), issues);
  assert.deepEqual([...numbers], [1.5, ...new Array(4).fill(Number.NaN), 4, Number.NaN]);
  const found = issues.list.map(describeDataIssue);
  assert.equal(found.length, 2);
  assert.match(
    found[0]!,
    /^a\.csv:5: "price" is "1,200", expected a number; write it without commas between thousands, as 1200\.$/,
  );
  assert.match(
    found[1]!,
    /^a\.csv:6: "price" is "cheap", expected a number; leave the field empty/,
  );
});

test("a number that float32 does not hold is told from a word", () => {
  assert.match(
    describeBadNumber("price", "5e38"),
    /^"price" is "5e38", expected a number; models compute in float32, which ends at 3\.4e38; /,
  );
});

test("lists are split, trimmed and without repeats or missing items", () => {
  const missing = new Set(["(none)"]);
  assert.deepEqual(toList(" a | b|a||(none)", "|", missing), ["a", "b"]);
  assert.deepEqual(toList(["x", 2, "x", "(none)"], "|", missing), ["x", "2"]);
  assert.deepEqual(toList("a|b", undefined, missing), ["a|b"]);
  assert.deepEqual(toList("(none)", "|", missing), []);
  assert.deepEqual(toList(undefined, "|", missing), []);
});
