/** Looking users up, and which ratings are refused. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  countGroups,
  createRatingsEncoder,
  FIRST_USER_ROW,
  groupKey,
  spellGender,
  UNKNOWN_USER_ROW,
} from "../../../predictor/preprocess/ratings.ts";

const encode = createRatingsEncoder({
  users: ["7", "9"],
  groups: { genders: ["F", "M"], ages: [1, 18, 25], occupations: [0, 4] },
  stars: { min: 0.5, max: 5 },
  maxRatings: 3,
});

test("known users get their rows, all others share one, in the order given", () => {
  const { users, stars } = encode([
    { user: "9", stars: 5 },
    { user: "new", stars: 0.5 },
    { user: "7", stars: 3.5 },
  ]);
  assert.deepEqual([...users], [FIRST_USER_ROW + 1, UNKNOWN_USER_ROW, FIRST_USER_ROW]);
  assert.deepEqual([...stars], [5, 0.5, 3.5]);
  assert.deepEqual(encode([]), { users: new Int32Array(0), stars: new Float32Array(0) });
});

test("names that objects inherit are unknown users like any other", () => {
  const { users } = encode([
    { user: "constructor", stars: 1 },
    { user: "__proto__", stars: 1 },
  ]);
  assert.deepEqual([...users], [UNKNOWN_USER_ROW, UNKNOWN_USER_ROW]);
});

test("users without a vector have the row of what is known of them", () => {
  const groups = FIRST_USER_ROW + 2;
  const rowOf = (user: object) => encode([{ ...user, stars: 3 }]).users[0];
  // 4 ages and 3 occupations, one of each unknown.
  assert.equal(rowOf({ gender: "F" }), groups + 12);
  assert.equal(rowOf({ user: "new", gender: "M", age: 18, occupation: 4 }), groups + 24 + 6 + 2);
  assert.equal(rowOf({ age: 24 }), rowOf({ age: 18 }));
  assert.equal(rowOf({ age: 0 }), rowOf({ age: 1 }));
  assert.equal(rowOf({ age: 99 }), rowOf({ age: 25 }));
  assert.equal(rowOf({}), UNKNOWN_USER_ROW);
  assert.equal(rowOf({ user: "9", gender: "F" }), FIRST_USER_ROW + 1);
  assert.equal(countGroups({ genders: ["F", "M"], ages: [1, 18, 25], occupations: [0, 4] }), 36);
});

test("demographics that cannot be are refused by name; several users may be nameless", () => {
  const encodeSecond = (user: object) => () => encode([{ stars: 1 }, { ...user, stars: 3 }]);
  assert.throws(encodeSecond({ age: -1 }), { name: "InputError", field: "ratings[1].age" });
  assert.throws(encodeSecond({ age: Number.NaN }), { field: "ratings[1].age" });
  assert.throws(encodeSecond({ age: 151 }), {
    message: /ratings\[1\]\.age: 151 is not an age in years/,
  });
  assert.throws(encodeSecond({ occupation: 0.5 }), { field: "ratings[1].occupation" });
  assert.doesNotThrow(encodeSecond({}));
});

const GROUPS = { genders: ["female", "male"], ages: [1, 18], occupations: [0, 4] };

test("a gender is one of the data set's, in any case; others are refused with a list of them", () => {
  const encodeWords = createRatingsEncoder({
    users: ["7"],
    groups: GROUPS,
    stars: { min: 1, max: 5 },
    maxRatings: 3,
  });
  const rowOf = (gender: string) => encodeWords([{ gender, stars: 3 }]).users[0];
  assert.notEqual(rowOf("female"), rowOf("male"));
  assert.equal(rowOf("FEMALE"), rowOf("female"));
  assert.equal(rowOf("Male"), rowOf("male"));
  assert.equal(spellGender("MALE", GROUPS), "male");
  // The data set's own spelling is in capitals.
  const letters = { ...GROUPS, genders: ["F", "M"] };
  assert.equal(spellGender("f", letters), "F");
  assert.deepEqual(groupKey({ gender: "m" }, letters), [2, 0, 0]);
  for (const user of [undefined, "7"]) {
    assert.throws(() => encodeWords([{ stars: 3 }, { user, gender: "F", stars: 3 }]), {
      name: "InputError",
      message: 'ratings[1].gender: "F" is not one of female, male',
    });
  }
});

test("where the data set's genders differ in nothing but case, the exact one counts", () => {
  const groups = { ...GROUPS, genders: ["F", "f"] };
  assert.deepEqual(groupKey({ gender: "f" }, groups), [2, 0, 0]);
  assert.deepEqual(groupKey({ gender: "F" }, groups), [1, 0, 0]);
});

test("an occupation is one of the data set's; what the data set does not have at all is unknown", () => {
  assert.throws(() => groupKey({ occupation: 7 }, GROUPS), {
    message: "occupation: 7 is not one of 0, 4",
  });
  const none = { genders: [], ages: [], occupations: [] };
  assert.deepEqual(groupKey({ gender: "X", age: 30, occupation: 7 }, none), [0, 0, 0]);
  assert.equal(spellGender("X", none), "X");
});

test("stars outside the range are refused, not clipped", () => {
  for (const stars of [0, 5.5, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(
      () =>
        encode([
          { user: "7", stars: 1 },
          { user: "9", stars },
        ]),
      {
        name: "InputError",
        field: "ratings[1].stars",
        message: `ratings[1].stars: ${stars} is outside 0.5 to 5`,
      },
    );
  }
});

test("a user who rates twice, known or not, and too many ratings are refused", () => {
  for (const user of ["7", "stranger"]) {
    const twice = [
      { user, stars: 1 },
      { user: "9", stars: 1 },
      { user, stars: 2 },
    ];
    assert.throws(() => encode(twice), {
      field: "ratings[2].user",
      message: `ratings[2].user: "${user}" has given a rating already`,
    });
  }
  const four = ["a", "b", "c", "d"].map((user) => ({ user, stars: 1 }));
  assert.throws(() => encode(four), /^InputError: ratings: 4 ratings given; at most 3/);
  assert.equal(encode(four.slice(1)).users.length, 3);
});
