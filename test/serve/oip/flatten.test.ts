/** Tensors as lists in lists. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { eachValue } from "../../../serve/oip/flatten.ts";

function taken(data: readonly unknown[], rank: number): unknown[] {
  const values: unknown[] = [];
  eachValue(data, rank, (value, place) => {
    assert.equal(place, values.length);
    values.push(value);
  });
  return values;
}

test("values come in order, and lists deeper than the rank as values", () => {
  const { nested } = fc.letrec<{ nested: unknown[] }>((tie) => ({
    nested: fc.array(fc.oneof({ maxDepth: 5 }, fc.integer(), fc.constant(null), tie("nested"))),
  }));
  fc.assert(
    fc.property(nested, fc.integer({ min: 1, max: 4 }), (data, rank) => {
      assert.deepEqual(taken(data, rank), data.flat(rank - 1));
    }),
    { seed: 1 },
  );
});

test("a million lists inside each other take no stack", () => {
  let deep: unknown[] = [7];
  for (let i = 0; i < 1e6; i++) deep = [deep];
  assert.deepEqual(taken(deep, 2e6), [7]);
  assert.equal(taken(deep, 2).length, 1);
});
