/** Classes and numbers in tables: what is read, what is left out, and what is refused. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { csv, idsOf, issuesOf, readShop } from "./shop.ts";

const CLASS = { target: { type: "class", column: "kind" } };
const NUMBER = { target: { type: "number", column: "price" } };

test("a class is the cell's text, and rows without one are left out and counted", async (t) => {
  const items = csv(
    "sku,name,kind",
    "a1,Boot,shoes|sale",
    "a2,Cap,hats",
    "a3,Sandal,",
    "a4,Hat,hats",
  );
  const shop = await readShop(t, { "items.csv": items }, CLASS);
  assert.deepEqual(shop.labels, ["shoes|sale", "hats"]);
  assert.deepEqual(shop.target, { type: "class", column: "kind" });
  assert.deepEqual(
    shop.movies.map(({ labels }) => labels),
    [["shoes|sale"], ["hats"], ["hats"]],
  );
  assert.deepEqual(issuesOf(shop), [
    'items.csv:4: has nothing in "kind", the target; it is left out.',
  ]);
  assert.deepEqual(shop.issueCounts, { "items.csv": 1 });
});

test("a number is a value, and a wrong one is named with file and line", async (t) => {
  const items = csv("sku,name,price", "a1,Boot,12.5", "a2,Cap,cheap", "a3,Sandal,n/a", "a4,Hat,-3");
  const shop = await readShop(t, { "items.csv": items }, { ...NUMBER, missing: ["n/a"] });
  assert.deepEqual(shop.labels, ["price"]);
  assert.deepEqual(
    shop.movies.map(({ labels, value }) => [labels, value]),
    [
      [[], 12.5],
      [[], -3],
    ],
  );
  assert.deepEqual(issuesOf(shop), [
    'items.csv:3: "cheap" in "price", the target, is not a number; use a decimal point and no unit, or list it under "missing".',
    'items.csv:4: has nothing in "price", the target; it is left out.',
  ]);
});

test("numbers are read with the decimal comma that the description says", async (t) => {
  const items = csv(
    "sku,name,price,size",
    'a1,A,"1.206,5","70,5"',
    'a2,B,"12.5","1"',
    "a3,C,4,x",
    "a4,D,8,",
  );
  const german = {
    target: { type: "number", column: "price", decimal: "," },
    inputs: { name: { type: "text" }, size: { type: "number", decimal: "," } },
  };
  const shop = await readShop(t, { "items.csv": items }, german);
  assert.deepEqual(
    shop.movies.map(({ value, values: { size } }) => [value, size]),
    [
      [1206.5, 70.5],
      [8, undefined],
    ],
  );
  assert.match(issuesOf(shop)[0]!, /"12\.5" in "price", .* use a decimal comma and/);
  assert.match(issuesOf(shop)[1]!, /"size" is "x", expected a number/);
  const plain = { ...NUMBER, inputs: { size: { type: "number" } } };
  const rows = csv("sku,price,size", 'a1,"1,5",1', 'a2,1,"70,5"', "a3,3,3", "a4,4,4");
  const [first, second] = issuesOf(await readShop(t, { "items.csv": rows }, plain));
  assert.match(first!, /"1,5" in "price", the target, is not a number; .* say "decimal": ","/);
  assert.match(second!, /"size" is "70,5", expected a number; .* say "decimal": ","\.$/);
});

test("a target is no number where an input of the same text is none", async (t) => {
  const rows = ["0x10", "0b1", "Infinity", "1e3", " 7. ", "+.5"].map((text, i) => `a${i},${text}`);
  const items = { "items.csv": csv("sku,price", ...rows) };
  const inputs = { inputs: { size: { type: "number", column: "price" } } };
  const split = { split: { test: 0.5 } };
  const target = { target: { type: "labels", column: "sku" } };
  const asTarget = await readShop(
    t,
    { "items.csv": csv("sku,price,name", ...rows.map((row) => `${row},Boot`)) },
    NUMBER,
  );
  const asInput = await readShop(t, items, { ...inputs, ...target, ...split });
  const values = [1000, 7, 0.5];
  assert.deepEqual(
    asTarget.movies.map(({ value }) => value),
    values,
  );
  assert.deepEqual(
    asInput.movies.map((movie) => movie.values.size),
    values,
  );
});

test("values are part of the data set's hash", async (t) => {
  const items = (price: string) => ({
    "items.csv": csv("sku,name,price", "a1,Boot,1", `a2,Cap,${price}`),
  });
  const one = await readShop(t, items("2"), NUMBER);
  assert.equal((await readShop(t, items("2.0"), NUMBER)).sha256, one.sha256);
  assert.notEqual((await readShop(t, items("3"), NUMBER)).sha256, one.sha256);
});

test("shares of a split are those of tenths of a number, and of classes", async (t) => {
  const rows = Array.from({ length: 100 }, (_, i) => `a${i},Item,${i},k${i % 2}`);
  const files = { "items.csv": csv("sku,name,price,kind", ...rows) };
  for (const keys of [NUMBER, CLASS]) {
    const shop = await readShop(t, files, { ...keys, split: { test: 0.2 } });
    const tests = idsOf(shop, "test").map((id) => Number(id.slice(1)));
    assert.equal(tests.length, 20);
    if (keys === CLASS) assert.equal(tests.filter((i) => i % 2 === 0).length, 10);
    else {
      const perTenth = Array.from({ length: 10 }, (_, tenth) =>
        tests.filter((i) => Math.floor(i / 10) === tenth),
      );
      assert.ok(
        perTenth.every(({ length }) => length === 2),
        JSON.stringify(perTenth),
      );
    }
  }
});

const refused: [what: string, keys: object, rows: string[], message: RegExp][] = [
  [
    "a column that is all empty",
    CLASS,
    ["a1,Boot,,1", "a2,Cap,,2"],
    /^InputError: target\.column: "kind" is empty in all 2 rows, so there is nothing to learn; name another column/,
  ],
  [
    "classes of one row each",
    CLASS,
    ["a1,Boot,x,1", "a2,Cap,y,2", "a3,Hat,z,3"],
    /^InputError: target\.column: each of the 3 classes in "kind" has only one item/,
  ],
  [
    "one class only",
    CLASS,
    ["a1,Boot,x,1", "a2,Cap,x,2"],
    /^InputError: target\.column: all items have "x" in "kind" and nothing else/,
  ],
  [
    "a constant number",
    NUMBER,
    ["a1,Boot,x,7", "a2,Cap,y,7"],
    /^InputError: target\.column: all items have 7 in "price", so there is nothing to learn/,
  ],
  [
    "a test split without a target",
    { ...CLASS, split: { column: "name" } },
    ["a1,train,x,1", "a2,test,,2", "a3,train,y,3", "a4,train,y,3", "a5,test,,2"],
    /^InputError: split\.column: none of the 2 rows for testing has anything in "kind", the target/,
  ],
];
for (const [what, keys, rows, message] of refused) {
  test(`${what} is refused, with what to do`, async (t) => {
    const files = { "items.csv": csv("sku,name,kind,price", ...rows) };
    await assert.rejects(
      readShop(t, files, { inputs: { label: { type: "text", column: "sku" } }, ...keys }),
      message,
    );
  });
}
