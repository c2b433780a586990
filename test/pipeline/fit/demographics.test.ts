/** Limits of demographic groups. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { User } from "../../../pipeline/dataset/dataset.ts";
import { boundDemographics } from "../../../pipeline/fit/demographics.ts";

const groupsOf = (users: readonly User[]) =>
  (["gender", "age", "occupation"] as const)
    .map((name) => new Set(users.flatMap((user) => user[name] ?? [])).size + 1)
    .reduce((product, size) => product * size, 1);

test("values of MovieLens are unchanged", () => {
  const ages = [1, 18, 25, 35, 45, 50, 56];
  const users = Array.from({ length: 700 }, (_, i) => ({
    id: `${i}`,
    gender: i % 3 ? "M" : "F",
    age: ages[i % 7]!,
    occupation: i % 21,
  }));
  assert.deepEqual(boundDemographics(users), { users, notes: [] });
  assert.deepEqual(boundDemographics([]), { users: [], notes: [] });
});

test("of zip codes in the gender column, only the most frequent are distinguished, with a note", () => {
  const users = Array.from({ length: 6000 }, (_, i) => ({
    id: `${i}`,
    gender: i % 2 ? "48067" : `${10_000 + i}`,
    age: 18 + (i % 60),
    occupation: i % 21,
  }));
  const bounded = boundDemographics(users);
  assert.ok(groupsOf(bounded.users) <= 4096, `${groupsOf(bounded.users)} groups`);
  assert.equal(bounded.users.length, users.length);
  assert.equal(bounded.users[1]!.gender, "48067");
  assert.match(bounded.notes[0]!, /^users have 3001 values of gender; only the \d+ most/);
  // A removed age becomes a lower one.
  for (const [i, { age }] of bounded.users.entries()) {
    assert.ok(age === undefined || age <= users[i]!.age);
  }
});
