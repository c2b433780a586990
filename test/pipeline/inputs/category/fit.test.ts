/** Vocabularies of categories. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeclaredCategory } from "../../../../pipeline/inputs/category/data.ts";
import { type CategoryInput, category } from "../../../../pipeline/inputs/category/fit.ts";
import { contextOf, itemsOf } from "../fitContext.ts";

const VALUES = [["nord"], ["runa", "nord"], ["runa"], ["rare"], undefined];

function fit(declared: DeclaredCategory, options: object = {}): CategoryInput {
  const inputs = { brand: declared };
  const others = itemsOf("brand", [["a", "b", "c"]]);
  const context = contextOf(inputs, itemsOf("brand", VALUES), {
    others,
    options: { brand: options },
  });
  return category.fit("brand", declared, context) as CategoryInput;
}

test("values of enough training items are known, the most frequent first", () => {
  assert.deepEqual(fit({ type: "category" }).spec.values, ["nord", "runa"]);
  assert.deepEqual(fit({ type: "category" }, { minItems: 1 }).spec.values, [
    ...["nord", "runa", "rare"],
  ]);
});

test("an item may have as many as any has, in any split, unless the description says", () => {
  assert.equal(fit({ type: "category" }).spec.maxValues, 3);
  const spec = fit({ type: "category", separator: "|", maxValues: 7 }).spec;
  assert.deepEqual([spec.maxValues, spec.separator], [7, "|"]);
});
