import assert from "node:assert/strict";
import { test } from "node:test";
import { countOf, labelRows, oneHot, shareOf } from "../../../pipeline/targets/oneHot.ts";

const ITEMS = [{ labels: ["b", "a"] }, { labels: ["a", "x"] }, { labels: [] }, { labels: ["a"] }];
const OUTPUTS = ["a", "b", "c"];

test("labels are counted in the order of the outputs; others are ignored", () => {
  assert.deepEqual(countOf(ITEMS, OUTPUTS), [3, 1, 0]);
  assert.deepEqual(shareOf(ITEMS, OUTPUTS), [3 / 4, 1 / 4, 0]);
  assert.deepEqual(labelRows(ITEMS, OUTPUTS), [[1, 0], [0], [], [0]]);
  assert.deepEqual(
    ITEMS.map((item) => [...oneHot(item, OUTPUTS)]),
    [
      [1, 1, 0],
      [1, 0, 0],
      [0, 0, 0],
      [1, 0, 0],
    ],
  );
});
