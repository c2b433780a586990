/** Texts of a description: what becomes of those that are too long. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { csv, idsOf, issuesOf, readShop } from "../../dataset/described/shop.ts";

test("a text that is too long costs its row alone, named by file and line", async (t) => {
  const items = csv(
    "sku,name,title,tags",
    `a,${"x".repeat(100_000)},A,x`,
    `b,${"x".repeat(100_001)},B,y`,
    `c,C,${"x".repeat(1001)},x`,
    "d,D,D,y",
  );
  const keys = { inputs: { name: { type: "text" }, title: { type: "text", form: "title" } } };
  const shop = await readShop(t, { "items.csv": items }, keys);
  assert.deepEqual(idsOf(shop), ["a", "d"]);
  assert.deepEqual(issuesOf(shop), [
    'items.csv:3: "name" has 100001 characters, expected at most 100000; shorten it.',
    'items.csv:4: "title" has 1001 characters, expected at most 1000; give the input the "form": "plain".',
  ]);
  await assert.rejects(
    readShop(t, { "items.csv": items }, keys, true),
    /2 issues in the data set \(strict mode\)/,
  );
});
