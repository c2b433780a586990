import assert from "node:assert/strict";
import { test } from "node:test";
import type { UserGroups, UserSpec } from "../../../../predictor/preprocess/ratings.ts";
import { toRatings } from "../../../../web/page/examples/viewers.ts";

const spec = (groups: UserGroups, min = 1, max = 5): UserSpec => ({
  users: [],
  groups,
  stars: { min, max },
  maxRatings: 10,
});

test("viewers get the data set's own values, and its own stars", () => {
  const viewers = [
    { liking: 0.75, gender: 1, age: 1, occupation: 0 },
    { liking: 0, gender: 0 },
  ];
  const movielens = spec({ genders: ["F", "M"], ages: [1, 18, 25], occupations: [4] });
  assert.deepEqual(toRatings(viewers, movielens), [
    { stars: 4, gender: "M", age: 18, occupation: 4 },
    { stars: 1, gender: "F", age: undefined, occupation: undefined },
  ]);
  const other = spec({ genders: ["female", "male"], ages: [20], occupations: [] }, 0.5, 10);
  assert.deepEqual(toRatings(viewers, other), [
    { stars: 8, gender: "male", age: undefined, occupation: undefined },
    { stars: 1, gender: "female", age: undefined, occupation: undefined },
  ]);
});

test("stars are never outside the range, however narrow it is", () => {
  const narrow = spec({ genders: [], ages: [], occupations: [] }, 0.4, 0.6);
  const stars = toRatings([{ liking: 0 }, { liking: 1 }], narrow).map((rating) => rating.stars);
  assert.deepEqual(stars, [0.4, 0.6]);
});
