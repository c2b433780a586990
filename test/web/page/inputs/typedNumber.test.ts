/** Numbers in the page's fields: typed as the data has them, and filled in so that they are read again. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { NumberSpec } from "../../../../predictor/inputs/number.ts";
import { readTyped, toTyped } from "../../../../web/page/inputs/typedNumber.ts";

const PRICE: NumberSpec = { type: "number", whole: false, decimal: "," };

test("a field of data with a decimal comma is typed with one, and filled with one", () => {
  assert.equal(readTyped("price", PRICE, "1.234,5"), 1234.5);
  assert.equal(readTyped("price", PRICE, "1.234"), 1234);
  assert.equal(readTyped("votes", { ...PRICE, whole: true }, "1.234"), 1234);
  for (const value of [1234.5, -0.25, 1e-9, 7]) {
    assert.equal(readTyped("price", PRICE, toTyped(PRICE, value)), value);
  }
  assert.throws(() => readTyped("price", PRICE, "1234.5"), /with a decimal comma/);
});

test("other fields keep the point, and what was typed stays as it was", () => {
  const plain: NumberSpec = { type: "number", whole: false };
  assert.deepEqual(
    [toTyped(plain, 1234.5), toTyped(plain, "1,"), toTyped(plain, undefined)],
    ["1234.5", "1,", ""],
  );
  assert.equal(readTyped("price", plain, "1234.5"), 1234.5);
  assert.throws(() => readTyped("year", { ...plain, whole: true }, "5.0"), /not a whole number/);
});
