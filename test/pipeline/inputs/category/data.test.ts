/** Categories of a description: one or several, from text and lists. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { csv, issuesOf, readShop } from "../../dataset/described/shop.ts";

const category = (more: object = {}) => ({ inputs: { brand: { type: "category", ...more } } });

test("one or several, trimmed and without repeats", async (t) => {
  const items = csv("sku,brand,tags", "a, Runa ,x", "b,Nord|Runa|Nord,y", "c,,x", "d,|,x");
  const read = async (more: object) =>
    (await readShop(t, { "items.csv": items }, category(more))).movies.map(
      ({ values }) => values.brand,
    );
  assert.deepEqual(await read({ separator: "|" }), [
    ...[["Runa"], ["Nord", "Runa"], undefined, undefined],
  ]);
  assert.deepEqual(await read({}), [["Runa"], ["Nord|Runa|Nord"], undefined, ["|"]]);
});

test("lists, numbers and truth values of JSON", async (t) => {
  const rows = [["Runa", "Nord"], 5, true, []];
  const items = rows.map((brand, i) => JSON.stringify({ sku: `i${i}`, brand, tags: `t${i}` }));
  const shop = await readShop(
    t,
    { "items.jsonl": items.join("\n") },
    { ...category(), items: "items.jsonl" },
  );
  assert.deepEqual(
    shop.movies.map(({ values }) => values.brand),
    [["Runa", "Nord"], ["5"], ["true"], undefined],
  );
});

test("more than maxValues are named with file and line", async (t) => {
  const items = csv("sku,brand,tags", "a,x|y,x", "b,x|y|z,y", "c,x,z");
  const shop = await readShop(
    t,
    { "items.csv": items },
    category({ separator: "|", maxValues: 2 }),
  );
  assert.deepEqual(issuesOf(shop), [
    'items.csv:3: "brand" has 3 categories, expected at most 2; raise "maxValues", or remove some.',
  ]);
});
