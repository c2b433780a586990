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
    "r.csv:5: 978300800 is far outside the range of the other ratings (plausible: from -27 to 33).",
    "r.csv:6: -99 is far outside the range of the other ratings (plausible: from -27 to 33).",
    'r.csv:4: "u1" has rated "a1" already; the first row is used.',
  ]);
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
    "r2.csv:3: 99999 is far outside the range of the other ratings (plausible: from -5 to 15).",
    'r2.csv:2: "u1" has rated "a1" already; the first row is used.',
    'r3.csv:2: "u2" has rated "a1" already; the first row is used.',
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

test("what is known of users is not trained yet, and a note says so", async (t) => {
  const files = { "items.csv": ITEMS, "r.csv": csv(HEADER, "u1,a1,4") };
  const users = { table: { file: "users.csv" }, id: "id", columns: ["age"] };
  const shop = await readShop(t, files, reviews("r.csv", { users }));
  assert.deepEqual(issuesOf(shop), [
    "note users.csv: is not used: what is known of users is not trained yet.",
  ]);
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
