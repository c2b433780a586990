/** What the options of a table become with its training items. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeclaredCategory } from "../../../../pipeline/inputs/category/data.ts";
import { type CategoryInput, category } from "../../../../pipeline/inputs/category/fit.ts";
import type { DeclaredNumber } from "../../../../pipeline/inputs/number/data.ts";
import { type NumberInput, number } from "../../../../pipeline/inputs/number/fit.ts";
import { contextOf, itemsOf } from "../fitContext.ts";

const price: DeclaredNumber = { type: "number", whole: false, min: 0, group: "facts" };
const brand: DeclaredCategory = { type: "category", group: "facts" };

/** A table of numbers and a category, fitted to as many items; a number elsewhere does not count. */
function fit(numbers: number, items: number, facts: object = {}) {
  const names = Array.from({ length: numbers }, (_, i) => `price${i}`);
  const inputs = {
    ...Object.fromEntries(names.map((name) => [name, price])),
    brand,
    length: { ...price, group: "text" },
  };
  const values = Array.from({ length: items }, (_, i) => i);
  const context = contextOf(inputs, itemsOf("price0", values), { options: { facts } });
  const [first] = names.map((name) => number.fit(name, price, context) as NumberInput);
  const { options } = category.fit("brand", brand, context) as CategoryInput;
  assert.deepEqual(first?.options ?? options, options, "columns have the same");
  return { options, steps: Math.max(0, (first?.fit?.places.length ?? 0) - 1) };
}

test("a table has one step for four items, shared by its numbers, and not more than the option says", () => {
  assert.deepEqual(
    [1, 2, 5, 20, 21].map((numbers) => fit(numbers, 80).steps),
    [16, 10, 4, 1, 0],
  );
  assert.equal(fit(5, 80, { steps: 3 }).steps, 3);
});

test("with few items for each number, a linear model has a share, unless the option says", () => {
  const share = (numbers: number, items: number, options?: object) =>
    fit(numbers, items, options).options.linear;
  assert.deepEqual(
    [share(1, 5), share(1, 64), share(1, 80), share(1, 112), share(1, 128), share(1, 999)],
    [0.5, 0.5, 0.375, 0.125, 0, 0],
  );
  assert.deepEqual([share(3, 192), share(3, 240), share(3, 384)], [0.5, 0.375, 0]);
  assert.equal(share(0, 3), 0, "categories alone have none");
  assert.equal(share(3, 10, { linear: 0 }), 0);
  assert.equal(share(1, 1000, { linear: 0.2 }), 0.2);
});
