/** Numbers and categories as columns of a linear model. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { tableColumns } from "../../../pipeline/evaluate/tableColumns.ts";
import type { EncodedMovie } from "../../../pipeline/fit/prepare.ts";
import type { InputSpecs } from "../../../predictor/inputs/types.ts";
import { createItemEncoder } from "../../../predictor/item.ts";

const SPECS: InputSpecs = {
  name: {
    type: "text",
    form: "plain",
    maxCharacters: 100,
    maxWords: 2,
    piecesPerWord: 1,
    vocabulary: [],
    vectorWords: [],
    ngrams: { min: 3, max: 3, buckets: 1 },
  },
  brand: { type: "category", values: ["acme", "globex"], maxValues: 2 },
  price: { type: "number", whole: false, center: 10, scale: 5 },
};
const encoder = createItemEncoder(SPECS);
const encode = (item: object) => ({ features: encoder.encode({ ...item }) }) as EncodedMovie;
const TRAIN = [
  { name: "A", brand: ["acme", "globex"], price: 20 },
  { brand: "acme", price: 10 },
  { name: "B" },
].map(encode);

test("categories are one-hot, numbers as standardised, and what is missing has no column", () => {
  const { names, train, movies } = tableColumns(
    TRAIN,
    [encode({ brand: "globex", price: 0 })],
    SPECS,
  );
  assert.deepEqual(names, ["brand", "price"]);
  const rows = [0, 1, 2].map((row) =>
    [...train.values.subarray(train.offsets[row], train.offsets[row + 1])].sort((a, b) => a - b),
  );
  // Two brands, the price and that it is known; a brand, and that the price, 0 when standardised, is known; nothing.
  assert.deepEqual(rows, [[1, 1, 1, 2], [1, 1], []]);
  assert.equal(train.columns, 4);
  assert.equal(movies.columns, 4);
  assert.deepEqual(
    [...movies.values].sort((a, b) => a - b),
    [-2, 1, 1],
  );
});

test("a category that training movies do not have is no column", () => {
  const { train, movies } = tableColumns(TRAIN.slice(1), [encode({ brand: "globex" })], SPECS);
  assert.equal(train.columns, 2);
  assert.equal(movies.values.length, 0);
});
