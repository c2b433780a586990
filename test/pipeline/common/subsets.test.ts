import assert from "node:assert/strict";
import { test } from "node:test";
import { subsetMasks } from "../../../pipeline/common/subsets.ts";

test("up to four groups have all subsets, and an item those of its own groups", () => {
  assert.deepEqual(subsetMasks(3), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(subsetMasks(4).length, 15);
  assert.deepEqual(subsetMasks(3, 0b101), [1, 4, 5]);
});

test("of more, each alone, each left out, and all", () => {
  assert.deepEqual(subsetMasks(5), [1, 2, 4, 8, 15, 16, 23, 27, 29, 30, 31]);
  assert.deepEqual(subsetMasks(5, 0b10011), [1, 2, 3, 16, 17, 18, 19]);
  assert.deepEqual(subsetMasks(5, 0b100), [4]);
  assert.deepEqual(subsetMasks(5, 0), []);
  assert.equal(subsetMasks(40).length, 81);
});
