/** Mean and standard deviation of posters' bytes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { fitPixels } from "../../../pipeline/fit/pixels.ts";
import { memoryStore } from "../tinyModel.ts";

const SPEC = { height: 5, width: 4 };

test("mean and std over all bytes of the named posters, no others", () => {
  const random = createRandom(1);
  const draw = () => Uint8Array.from({ length: 60 }, () => random.int(256));
  const posters = new Map(["a", "b", "c"].map((name) => [name, draw()]));
  const bytes = [...posters.get("a")!, ...posters.get("c")!];
  const mean = bytes.reduce((sum, value) => sum + value, 0) / bytes.length;
  const variance = bytes.reduce((sum, value) => sum + (value - mean) ** 2, 0) / bytes.length;
  const found = fitPixels(["a", "c"], memoryStore(SPEC, posters));
  assert.ok(Math.abs(found.mean - mean) < 1e-9);
  assert.ok(Math.abs(found.std - Math.sqrt(variance)) < 1e-9);
});

test("uniform posters have a std one can divide by, and so has no poster at all", () => {
  const flat = memoryStore(SPEC, new Map([["a", new Uint8Array(60).fill(77)]]));
  assert.deepEqual(fitPixels(["a", "a", "a"], flat), { mean: 77, std: 1 });
  assert.deepEqual(fitPixels([], flat), { mean: 127.5, std: 64 });
});
