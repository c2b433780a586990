/** Ratings of a description: by item and user, and what becomes of rows that cannot be used. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { csv, issuesOf, readShop, starsOf } from "../../dataset/described/shop.ts";

const ITEMS = csv("sku,tags", "a1,x", "a2,y", "a3,x");
const reviews = (table: unknown = "r.csv", more: object = {}) => ({
  inputs: {
    reviews: { type: "ratings", table, item: "product", user: "who", value: "points", ...more },
  },
});
const HEADER = "who,product,points";

test("ratings go to their items; users are in the order of their first rating", async (t) => {
  const files = {
    "items.csv": ITEMS,
    "r.csv": csv(HEADER, "u9,a2,5", "u1,a1,4.5", "u9,a1,1", "u1,a2,-2"),
  };
  const shop = await readShop(t, files, reviews());
  assert.deepEqual(
    shop.users.reviews!.map(({ id }) => id),
    ["u9", "u1"],
  );
  assert.deepEqual(starsOf(shop, "reviews"), {
    a1: { u1: 4.5, u9: 1 },
    a2: { u9: 5, u1: -2 },
    a3: {},
  });
  assert.deepEqual(issuesOf(shop), []);
});

test("ratings of unknown items are counted in a note", async (t) => {
  const files = { "items.csv": ITEMS, "r.csv": csv(HEADER, "u1,a1,4", "u1,b1,4", "u2,b2,x") };
  const shop = await readShop(t, files, reviews());
  assert.deepEqual(issuesOf(shop), [
    'r.csv:4: "points" is "x", expected a number; leave the field empty, or list the text under "missing" if it means that there is no value.',
    "note r.csv: 2 ratings are of items that the data set does not use.",
  ]);
  const one = { "items.csv": ITEMS, "r.csv": csv(HEADER, "u1,a1,4", "u1,,4") };
  assert.deepEqual(issuesOf(await readShop(t, one, reviews())), [
    "note r.csv: 1 rating is of an item that the data set does not use.",
  ]);
});

test("ratings without stars or user are told by line, and so are those that are no numbers", async (t) => {
  const files = {
    "items.csv": ITEMS,
    "r.csv": csv(HEADER, "u1,a1,four", ",a1,4", "u1,a2,", "u1,a3,3"),
  };
  const shop = await readShop(t, files, reviews());
  assert.deepEqual(starsOf(shop, "reviews"), { a1: {}, a2: {}, a3: { u1: 3 } });
  const [bad, ...others] = issuesOf(shop);
  assert.match(bad!, /^r\.csv:2: "points" is "four", expected a number/);
  assert.deepEqual(others, ["r.csv:3: has no user.", 'r.csv:4: has nothing in "points".']);
});

test("a user's second rating of an item, and values far outside the others, are left out by line", async (t) => {
  const files = {
    "items.csv": ITEMS,
    "r.csv": csv(
      HEADER,
      "u1,a1,4",
      "u2,a1,3",
      "u1,a1,2",
      "u3,a1,978300800",
      "u4,a2,-99",
      "u4,a2,5",
    ),
  };
  const shop = await readShop(t, files, reviews());
  assert.deepEqual(starsOf(shop, "reviews"), { a1: { u1: 4, u2: 3 }, a2: { u4: 5 }, a3: {} });
  assert.deepEqual(issuesOf(shop), [
    'r.csv:5: "points" is 978300800, far outside the other ratings (plausible: from -27 to 33); correct it, or say the range of the ratings, "min" and "max".',
    'r.csv:6: "points" is -99, far outside the other ratings (plausible: from -27 to 33); correct it, or say the range of the ratings, "min" and "max".',
    'r.csv:4: "u1" has rated "a1" before; the first row is used.',
  ]);
});

test("a declared range is the one rule: what is within it counts, however far from the others", async (t) => {
  const few = Array.from({ length: 12 }, (_, i) => `v${i},a1,${1 + (i % 2)}`);
  const plays = ["u4,a2,5000", "u5,a2,-1", "u6,a2,9001", ...few];
  const files = { "items.csv": ITEMS, "r.csv": csv(HEADER, ...plays) };
  const guessed = await readShop(t, files, reviews());
  assert.deepEqual(starsOf(guessed, "reviews").a2, { u5: -1 });
  const shop = await readShop(t, files, reviews("r.csv", { min: 0, max: 9000 }));
  assert.deepEqual(starsOf(shop, "reviews").a2, { u4: 5000 });
  const mend = "correct it, or widen the range.";
  assert.deepEqual(issuesOf(shop), [
    `r.csv:3: "points" is -1, expected 0 to 9000; ${mend}`,
    `r.csv:4: "points" is 9001, expected 0 to 9000; ${mend}`,
  ]);
  const open = await readShop(t, files, reviews("r.csv", { min: 0 }));
  assert.deepEqual(starsOf(open, "reviews").a2, {}, "the other end is guessed");
  await assert.rejects(
    readShop(t, files, reviews("r.csv", { min: 5, max: 5 })),
    /expected less than max, 5/,
  );
});

test("of several files, each line is told with its own", async (t) => {
  const files = {
    "items.csv": ITEMS,
    "r1.csv": csv(HEADER, "u1,a1,4", "u2,a1,5", "u1,b1,3"),
    "r2.csv": csv(HEADER, "u1,a1,1", "u3,a2,99999", "u3,b1,3"),
    "r3.csv": csv(HEADER, "u2,a1,5", ",a3,5"),
  };
  const shop = await readShop(t, files, reviews("r*.csv"));
  assert.deepEqual(issuesOf(shop), [
    "r3.csv:3: has no user.",
    "note r1.csv: 1 rating is of an item that the data set does not use.",
    "note r2.csv: 1 rating is of an item that the data set does not use.",
    'r2.csv:3: "points" is 99999, far outside the other ratings (plausible: from -5 to 15); correct it, or say the range of the ratings, "min" and "max".',
    'r2.csv:2: "u1" has rated "a1" before; the first row is used.',
    'r3.csv:2: "u2" has rated "a1" before; the first row is used.',
  ]);
});

test("ids are those of the items' table, numbers or text", async (t) => {
  const files = {
    "items.jsonl": '{"sku":1,"tags":"x"}\n{"sku":2,"tags":"y"}\n',
    "r.csv": csv(HEADER, "7,1,3", "8,2,4"),
  };
  const shop = await readShop(t, files, { items: "items.jsonl", ...reviews() });
  assert.deepEqual(starsOf(shop, "reviews"), { 1: { 7: 3 }, 2: { 8: 4 } });
});

const RATED = { "items.csv": ITEMS, "r.csv": csv(HEADER, "u9,a2,5", "u1,a1,4", "u2,a1,4") };

test("users are described by columns of the attributes' names, or by an object of them", async (t) => {
  const known = {
    u9: { id: "u9", gender: "F", age: 34 },
    u1: { id: "u1", age: 7, occupation: 3 },
    u2: { id: "u2" },
  };
  const rows = ["u1,,7.9,3,x", "u9,F,34,-,y", "u5,M,1,1,z"];
  const described: [header: string, columns: unknown, notes: string[]][] = [
    ["id,Gender,AGE,occupation,zip", ["Gender", "AGE", "occupation"], []],
    ["id,sex,years,job,zip", { gender: "sex", age: "years", occupation: "job" }, []],
    [
      "id,gender,age,occupation,zip",
      ["gender", "age", "occupation", "zip"],
      [
        'note users.csv: "zip": not used; of users, gender, age and occupation are. If a column is one of them under another name, say so, as in "columns": { "age": "zip" }.',
      ],
    ],
  ];
  for (const [header, columns, notes] of described) {
    const files = { ...RATED, "users.csv": csv(header, ...rows) };
    const users = { table: "users.csv", id: "id", columns };
    const shop = await readShop(t, files, { ...reviews("r.csv", { users }), missing: ["-"] });
    assert.deepEqual(shop.users.reviews, [known.u9, known.u1, known.u2]);
    assert.deepEqual(issuesOf(shop), [
      ...notes,
      "note users.csv: has nothing about 1 of the 3 users who rate.",
    ]);
  }
});

test("a row of users with a value that cannot be used is named, and its user not described", async (t) => {
  const rows = ["u1,F,old,1", "u9,F,20,clerk", "u2,F,20,1", "u2,M,30,2", ",F,1,1"];
  const files = { ...RATED, "users.csv": csv("id,gender,age,occupation", ...rows) };
  const users = { table: "users.csv", id: "id", columns: ["gender", "age", "occupation"] };
  const shop = await readShop(t, files, reviews("r.csv", { users }));
  assert.deepEqual(shop.users.reviews, [
    { id: "u9" },
    { id: "u1" },
    { id: "u2", gender: "F", age: 20, occupation: 1 },
  ]);
  assert.deepEqual(issuesOf(shop), [
    'users.csv:2: "age" is "old", expected an age in years, 0 to 150.',
    'users.csv:3: "occupation" is "clerk", expected a code, a whole number from 0.',
    'users.csv:5: user "u2" is already listed; the first row is used.',
    'users.csv:6: has no user in "id".',
  ]);
  const missing = { ...users, columns: { age: "years" } };
  await assert.rejects(
    readShop(t, files, reviews("r.csv", { users: missing })),
    /^InputError: inputs\.reviews\.users: .* has no column "years"/,
  );
});

test("a column or table that is not there is told by the input's key", async (t) => {
  const files = { "items.csv": ITEMS, "r.csv": csv("user,product,points", "u1,a1,4") };
  await assert.rejects(
    readShop(t, files, reviews()),
    /^InputError: inputs\.reviews: the table of inputs\.reviews\.table has no column "who"; did you/,
  );
  await assert.rejects(
    readShop(t, files, reviews("q.csv")),
    /^InputError: q\.csv: there is no such file /,
  );
});
