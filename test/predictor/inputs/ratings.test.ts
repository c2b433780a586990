/** Ratings under any name: rows of the table of users and stars, padded to the longest list of a batch. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ratings } from "../../../predictor/inputs/ratings.ts";
import {
  countGroups,
  createRatingsEncoder,
  FIRST_USER_ROW,
  NO_USER_ROW,
} from "../../../predictor/preprocess/ratings.ts";
import { sampleInputs } from "../sampleManifest.ts";

const SPEC = sampleInputs().ratings;
const encode = ratings.encoder("likes", SPEC);
const LIKES = [
  { user: "9", stars: 5 },
  { gender: "F", stars: 2 },
];

test("features are the rows of the users and their stars", () => {
  const features = encode({ likes: LIKES });
  assert.deepEqual(features, createRatingsEncoder(SPEC)(LIKES));
  assert.equal(features.users[0], FIRST_USER_ROW + 1);
  assert.deepEqual([...features.stars], [5, 2]);
});

test("an issue is named by the input, the rating and its field", () => {
  for (const [likes, message] of [
    [[{ stars: 1 }, { stars: 6 }], "likes[1].stars: 6 is outside 1 to 5"],
    [[{ stars: 1, gender: "X" }], 'likes[0].gender: "X" is not one of F, M'],
    [[LIKES[0], LIKES[0]], 'likes[1].user: "9" has given a rating already'],
    [
      Array.from({ length: 5 }, () => ({ stars: 3 })),
      "likes: 5 ratings given; at most 4 are accepted",
    ],
    ["5 stars", "likes: is not a list of ratings"],
    [[{ stars: 1 }, 5], "likes[1]: is not a rating, an object with stars"],
    [[{ stars: "5" }], "likes[0].stars: is not a number"],
    [[{ stars: 5, gender: 1 }], "likes[0].gender: is not text"],
    [[{}], "likes[0].stars: undefined is outside 1 to 5"],
  ] as const) {
    assert.throws(() => encode({ likes }), { name: "InputError", message });
  }
});

test("no ratings and an empty list are the same", () => {
  const none = ratings.absent();
  assert.deepEqual(encode({}), none);
  assert.deepEqual(encode({ likes: [] }), none);
  assert.ok(!ratings.isPresent(none));
  assert.ok(ratings.isPresent(encode({ likes: LIKES })));
});

test("a batch is padded to its longest list, and has a place where there is no rating", () => {
  const rows = [encode({ likes: LIKES.slice(1) }), encode({}), encode({ likes: LIKES })];
  const [female, user] = [rows[0]!.users[0]!, FIRST_USER_ROW + 1];
  assert.deepEqual(ratings.collate("likes", SPEC, rows), {
    like_users: {
      type: "int32",
      dims: [3, 2],
      data: Int32Array.of(female, NO_USER_ROW, NO_USER_ROW, NO_USER_ROW, user, female),
    },
    like_stars: { type: "float32", dims: [3, 2], data: Float32Array.of(2, 0, 0, 0, 5, 2) },
  });
  const { like_users: users, like_stars: stars } = ratings.collate("likes", SPEC, [encode({})]);
  assert.deepEqual(
    [users?.dims, stars?.dims],
    [
      [1, 1],
      [1, 1],
    ],
  );
});

test("tensors are named after the singular of any name", () => {
  const namesOf = (name: string) => ratings.tensorNames(name);
  assert.deepEqual(namesOf("ratings"), ["rating_users", "rating_stars"]);
  assert.deepEqual(namesOf("love"), ["love_users", "love_stars"]);
  assert.deepEqual(Object.keys(ratings.collate("love", SPEC, [encode({})])), namesOf("love"));
  assert.deepEqual(Object.keys(ratings.tableRows("love", SPEC)), namesOf("love").slice(0, 1));
});

test("the table has a row for every user and every group", () => {
  assert.deepEqual(ratings.tableRows("likes", SPEC), {
    like_users: FIRST_USER_ROW + 2 + countGroups(SPEC.groups),
  });
});

test("the summary counts the users; the length is the number of ratings", () => {
  assert.deepEqual(ratings.summary(SPEC), { ...SPEC, users: 2 });
  assert.equal(ratings.length(encode({ likes: LIKES })), 2);
  assert.equal(ratings.length(ratings.absent()), 0);
});

test("the schema refuses users, groups and limits that cannot be", () => {
  for (const change of [
    { users: [7] },
    { groups: { ...SPEC.groups, ages: [-1] } },
    { groups: { ...SPEC.groups, occupations: ["cook"] } },
    { groups: { genders: [], ages: [] } },
    { stars: { min: 1 } },
    { maxRatings: 0 },
  ]) {
    assert.ok(!ratings.spec.safeParse({ ...SPEC, ...change }).success, JSON.stringify(change));
  }
});
