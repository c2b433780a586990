/** Numbers of a description: a column of their own, its range, and what becomes of rows that cannot be used. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDescription } from "../../../../pipeline/dataset/parseDescription.ts";
import { csv, issuesOf, readShop } from "../../dataset/described/shop.ts";

const number = (more: object = {}) => ({ inputs: { price: { type: "number", ...more } } });

const parse = (price: object) =>
  parseDescription(
    JSON.stringify({
      name: "shop",
      items: "a.csv",
      inputs: { name: { type: "text" }, price: { type: "number", ...price } },
      target: { type: "labels", column: "tags" },
    }),
    "dataset.json",
  );

test("mixed types in a column are named by file and line", async (t) => {
  const items = csv("sku,price,tags", "a,1.5,x", "b,cheap,y", "c,,x", "d,-2e3,y", 'e,"1,200",x');
  const shop = await readShop(t, { "items.csv": items }, number());
  assert.deepEqual(
    shop.movies.map(({ id, values }) => [id, values.price]),
    [
      ["a", 1.5],
      ["c", undefined],
      ["d", -2000],
    ],
  );
  const issues = issuesOf(shop);
  assert.equal(issues.length, 2);
  assert.match(
    issues[0]!,
    /^items\.csv:3: "price" is "cheap", expected a number; leave .*"missing"/,
  );
  assert.match(
    issues[1]!,
    /^items\.csv:6: "price" is "1,200", expected a number; write it without commas between thousands, as 1200; or, if .* "decimal": ","\.$/,
  );
});

test("a number beyond float32 costs its row alone, named by file and line", async (t) => {
  const items = csv("sku,price,tags", "a,1.5,x", "b,5e38,y", "c,3.4e38,y", "d,-1e999,y");
  const shop = await readShop(t, { "items.csv": items }, number());
  assert.deepEqual(
    shop.movies.map(({ id }) => id),
    ["a", "c"],
  );
  const [first, second] = issuesOf(shop);
  assert.match(
    first!,
    /^items\.csv:3: "price" is "5e38", .*float32, which ends at 3\.4e38; correct/,
  );
  assert.match(second!, /^items\.csv:5: "price" is "-1e999", .*float32/);
  await assert.rejects(
    readShop(t, { "items.csv": items }, number(), true),
    /2 issues in the data set \(strict mode\)/,
  );
});

test("texts that mean no value are none", async (t) => {
  const items = csv("sku,price,tags", "a,1,x", "b,N/A,y");
  const shop = await readShop(t, { "items.csv": items }, { ...number(), missing: ["N/A"] });
  assert.deepEqual(
    shop.movies.map(({ values }) => values.price),
    [1, undefined],
  );
  assert.deepEqual(issuesOf(shop), []);
});

test("numbers outside the range, and fractions where there are none, are named", async (t) => {
  const items = csv("sku,price,tags", "a,0,x", "b,-1,y", "c,11,x", "d,2.5,y", "e,10,y");
  const range = number({ min: 0, max: 10, whole: true });
  const shop = await readShop(t, { "items.csv": items }, range);
  assert.deepEqual(issuesOf(shop), [
    'items.csv:3: "price" is -1, expected 0 to 10; correct it, or widen the range.',
    'items.csv:4: "price" is 11, expected 0 to 10; correct it, or widen the range.',
    'items.csv:5: "price" is 2.5, expected a whole number.',
  ]);
  const least = await readShop(t, { "items.csv": items }, number({ min: 0 }));
  assert.match(issuesOf(least)[0]!, /"price" is -1, expected at least 0/);
});

test("a pattern finds the number in the text of a column; where there is none, there is no number", async (t) => {
  const items = csv(
    "sku,price,tags",
    "a,Jun 12 1998,x",
    "b,soon,y",
    "c,about 1,y",
    "d,1999-01-01,x",
  );
  const shop = await readShop(
    t,
    { "items.csv": items },
    number({ pattern: "(\\d{4})", max: 1998 }),
  );
  assert.deepEqual(
    shop.movies.map(({ id, values }) => [id, values.price]),
    [
      ["a", 1998],
      ["b", undefined],
      ["c", undefined],
    ],
  );
  assert.deepEqual(issuesOf(shop), [
    'items.csv:5: "price" is 1999, expected at most 1998; correct it, or widen the range.',
  ]);
  assert.throws(
    () => parse({ pattern: "\\d{4}" }),
    /inputs\.price\.pattern is "\\d\{4\}", expected a regular expression with a group/,
  );
});

test("a range that is none, or that goes with a text, is refused by its key", () => {
  assert.throws(() => parse({ min: 3, max: 3 }), /inputs\.price\.min is 3, expected less than max/);
  assert.throws(
    () => parse({ from: "name", pattern: "(.)", max: 3 }),
    /inputs\.price\.max cannot be combined with "from": such numbers are years/,
  );
});
