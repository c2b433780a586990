/** Columns of a table that say nothing are left out; their values move no answer. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LabelledMovie } from "../../../pipeline/dataset/dataset.ts";
import { columnsToLeaveOut, describeLeftOut } from "../../../pipeline/fit/columnsLeftOut.ts";
import type { InputSpecs } from "../../../predictor/inputs/types.ts";
import { createItemEncoder } from "../../../predictor/item.ts";
import { MOVIE_NOUNS } from "../../../predictor/nouns.ts";

const number = { type: "number", whole: false, group: "facts" } as const;
const category = { type: "category", values: ["a"], maxValues: 2, group: "facts" } as const;
const SPECS: InputSpecs = {
  price: number,
  year: number,
  notes: number,
  kind: category,
  tags: category,
  offer: category,
  weight: { type: "number", whole: false },
};
const items = [1, 2, 3].map((price) => ({
  values: {
    ...{ price, year: 2020, kind: ["a"], weight: 5 },
    ...(price === 2 ? { offer: ["yes"] } : {}),
  },
})) as unknown as LabelledMovie[];

const inputsOf = (specs: InputSpecs, seen = items) =>
  columnsToLeaveOut(specs, seen, MOVIE_NOUNS).map(({ input }) => input);

test("columns with one value for all, or without any, are left out; a value that some lack is not", () => {
  const leftOut = columnsToLeaveOut(SPECS, items, MOVIE_NOUNS);
  assert.deepEqual(leftOut, [
    { input: "year", reason: "it is the same for all 3 training movies" },
    { input: "notes", reason: "none of the 3 training movies has a value" },
    { input: "kind", reason: "it is the same for all 3 training movies" },
    { input: "tags", reason: "none of the 3 training movies has a value" },
  ]);
  assert.match(describeLeftOut(leftOut[0]!), /^The year input is left out: it is the same/);
});

test("of a group of which nothing would be left, no column is left out by itself", () => {
  const { year, notes } = SPECS as { year: typeof number; notes: typeof number };
  assert.deepEqual(inputsOf({ year, notes }), []);
  assert.deepEqual(inputsOf({ price: number, year, notes }), ["year", "notes"]);
});

test("a number found in a text is judged with its text", () => {
  const from = { input: "title", pattern: "(\\d+)" };
  assert.deepEqual(inputsOf({ price: number, year: { ...number, from } }), []);
});

test("an ignored input is read as if there were none, and still checked", () => {
  const { year, kind } = SPECS as { year: typeof number; kind: typeof category };
  const { encode } = createItemEncoder({
    price: number,
    year: { ...year, ignored: true },
    kind: { ...kind, ignored: true },
  });
  assert.deepEqual(encode({ price: 1, year: 2010, kind: "b" }), encode({ price: 1 }));
  assert.notDeepEqual(encode({ price: 1 }), encode({ price: 2 }));
  assert.throws(() => encode({ year: "last" }), /"last" is not a number/);
});
