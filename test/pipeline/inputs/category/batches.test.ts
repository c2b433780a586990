/** The unknown category in training. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../../pipeline/common/random.ts";
import type { EncodedMovie } from "../../../../pipeline/fit/prepare.ts";
import { category } from "../../../../pipeline/inputs/category/batches.ts";
import type { CategoryInput } from "../../../../pipeline/inputs/category/fit.ts";
import { tableSection } from "../../../../pipeline/inputs/table/options.ts";

const input = (unknown: number): CategoryInput => ({
  type: "category",
  spec: { type: "category", values: ["a", "b"], maxValues: 2 },
  options: { ...tableSection.parse({ unknown }), linear: 0 },
});
/** Values a and b, an unknown one alone, and none. */
const ROWS = [Int32Array.of(2, 3), Int32Array.of(1, 0), Int32Array.of(0, 0)];
const movies = Array.from(
  { length: 600 },
  (_, i) =>
    ({ features: { brand: { rows: ROWS[i % 3], unknown: [] } } }) as unknown as EncodedMovie,
);

test("a share of the values is replaced by the unknown one, in training alone", () => {
  const [ids] = category("brand", input(0.25), movies, createRandom(3)) as [Int32Array];
  let replaced = 0;
  for (let i = 0; i < movies.length; i++) {
    const row = [...ids.subarray(2 * i, 2 * i + 2)];
    if (i % 3 === 0) replaced += row.filter((id) => id === 1).length;
    else assert.deepEqual(row, [...ROWS[i % 3]!]);
  }
  assert.ok(replaced > 70 && replaced < 130, `${replaced} of 400`);
  const as = (unknown: number, random?: ReturnType<typeof createRandom>) => [
    ...category("brand", input(unknown), movies.slice(0, 3), random)[0]!,
  ];
  assert.deepEqual(as(0.25), [2, 3, 1, 0, 0, 0]);
  assert.deepEqual(as(0, createRandom(3)), [2, 3, 1, 0, 0, 0]);
  assert.deepEqual(as(1, createRandom(3)), [1, 1, 1, 0, 0, 0]);
  assert.deepEqual([...ROWS[0]!], [2, 3], "features stay as they are");
});
