import assert from "node:assert/strict";
import { it } from "node:test";
import { labelCounts } from "../../../pipeline/dataset/labelCounts.ts";

it("labelCounts counts each label's movies, in the order of the labels", () => {
  const movies = [{ labels: ["b", "x"] }, { labels: ["a", "b"] }, { labels: [] }];
  assert.deepEqual(labelCounts(movies, ["a", "b", "c"]), [1, 2, 0]);
  assert.deepEqual(labelCounts([], ["a"]), [0]);
});
