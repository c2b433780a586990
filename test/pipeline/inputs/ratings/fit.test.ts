/** The range of ratings that a bundle accepts. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeclaredRatings } from "../../../../pipeline/inputs/ratings/data.ts";
import { type RatingsInput, ratings } from "../../../../pipeline/inputs/ratings/fit.ts";
import { contextOf, itemsOf } from "../fitContext.ts";

/** @param stars Of one item. */
function starsOf(declared: DeclaredRatings, ...stars: number[]) {
  const users = Uint32Array.from(stars, (_, i) => i);
  const items = itemsOf("reviews", [{ users, stars: Float32Array.from(stars) }]);
  const { dataset, ...context } = contextOf({ reviews: declared }, items);
  const known = stars.map((_, i) => ({ id: `u${i}` }));
  const fitted = ratings.fit("reviews", declared, {
    ...context,
    dataset: { ...dataset, users: { reviews: known } },
  }) as RatingsInput;
  return fitted.spec.stars;
}

test("predictions accept the declared range, or else that of the data", () => {
  assert.deepEqual(starsOf({ type: "ratings" }, 2, 4), { min: 2, max: 4 });
  assert.deepEqual(starsOf({ type: "ratings", min: 0, max: 10 }, 2, 4), { min: 0, max: 10 });
  assert.deepEqual(starsOf({ type: "ratings", max: 5 }, 2, 4), { min: 2, max: 5 });
});

test("a rating at the declared end is accepted as the graph has it, in float32", () => {
  const { max } = starsOf({ type: "ratings", min: 0, max: 0.1 }, 0.1);
  assert.equal(max, Math.fround(0.1));
});
