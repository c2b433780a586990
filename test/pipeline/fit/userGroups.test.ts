/** Rows for users with known demographics but unknown ratings. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { groupRows } from "../../../pipeline/fit/userGroups.ts";
import {
  createRatingsEncoder,
  FIRST_USER_ROW,
  UNKNOWN_USER_ROW,
} from "../../../predictor/preprocess/ratings.ts";

const USERS = [
  { id: "a", gender: "F", age: 18, occupation: 1 },
  { id: "b", gender: "F", age: 18, occupation: 2 },
  { id: "c", gender: "M", age: 35, occupation: 2 },
  { id: "d", gender: "M", age: 18, occupation: 1 },
  { id: "e" },
];
/** "d" has no vector. */
const KNOWN = [0, 1, 2, 4];
const grouped = groupRows(USERS, KNOWN, {
  table: Float32Array.of(0, 0, 0, 0, 3, 0, 6, 0, -3, 30, -6, -30),
  means: Float32Array.of(0, 0, 1, 2, -3, 0),
  dimensions: 2,
});
const encode = createRatingsEncoder({
  users: KNOWN.map((user) => USERS[user]!.id),
  groups: grouped.groups,
  stars: { min: 1, max: 5 },
  maxRatings: 9,
});
/** Vector and mean stars of a user as the graph would look them up. */
function lookUp(user: object): number[] {
  const row = encode([{ ...user, stars: 3 }]).users[0]!;
  return [grouped.table[row * 2]!, grouped.table[row * 2 + 1]!, grouped.means[row]!];
}
function assertClose(actual: readonly number[], expected: readonly number[]) {
  for (const [k, value] of expected.entries()) {
    assert.ok(Math.abs(actual[k]! - value) < 1e-6, `${actual}, expected ${expected}`);
  }
}

test("a group is the mean of its users, shrunk towards the wider group with a weight of 20 users", () => {
  assert.deepEqual(grouped.groups, { genders: ["F", "M"], ages: [18, 35], occupations: [1, 2] });
  const women = [9 / 22, 0, 3 / 22];
  assertClose(lookUp({ gender: "F" }), women);
  const youngWomen = women.map((value, k) => ([9, 0, 3][k]! + 20 * value) / 22);
  assertClose(lookUp({ gender: "F", age: 20 }), youngWomen);
  const youngWorkers = youngWomen.map((value, k) => ([3, 0, 1][k]! + 20 * value) / 21);
  assertClose(lookUp({ gender: "F", age: 20, occupation: 1 }), youngWorkers);
  // Without a gender, the next wider group is the one without an occupation.
  assertClose(lookUp({ occupation: 2 }), [3 / 22, 30 / 22, -1 / 22]);
});

test("a group without users equals the wider one; a user without attributes is unknown", () => {
  assertClose(lookUp({ gender: "F", age: 40 }), lookUp({ gender: "F" }));
  assertClose(lookUp({}), [0, 0, 0]);
});

test("known users keep their rows, and every row and user has a group", () => {
  assertClose(lookUp({ user: "c", gender: "F" }), [-3, 30, -3]);
  const rowD = encode([{ user: "d", ...USERS[3]!, stars: 1 }]).users[0]!;
  assert.deepEqual([grouped.rowOfUser[3], grouped.rowOfUser[4]], [rowD, UNKNOWN_USER_ROW]);
  assert.equal(grouped.groupRowOf[FIRST_USER_ROW], grouped.rowOfUser[0]);
  assert.equal(grouped.groupRowOf[rowD], rowD);
  assert.equal(grouped.groupRowOf[UNKNOWN_USER_ROW], UNKNOWN_USER_ROW);
  assert.equal(grouped.groupRowOf.length, grouped.means.length);
});
