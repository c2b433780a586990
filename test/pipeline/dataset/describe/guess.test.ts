/** A first description of a table: what is certain is in it, what is not has a comment. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { guessDescription } from "../../../../pipeline/dataset/describe/guess.ts";
import { profileTable } from "../../../../pipeline/dataset/describe/profile.ts";
import { declareInputs } from "../../../../pipeline/dataset/described/declare.ts";
import { createIssueList } from "../../../../pipeline/dataset/issues.ts";
import { parseDescription } from "../../../../pipeline/dataset/parseDescription.ts";
import { openTable } from "../../../../pipeline/dataset/tables/open.ts";
import { folder } from "../folder.ts";

const N = 40;
const BASE = { name: "shop", items: "a.jsonl" };

async function guess(
  t: Parameters<typeof folder>[0],
  row: (i: number) => Record<string, unknown>,
  options: { readonly base?: object; readonly target?: string } = {},
) {
  const lines = Array.from({ length: N }, (_, i) => JSON.stringify(row(i)));
  const dir = await folder(t, { "a.jsonl": lines.join("\n") });
  const profiles = await profileTable(await openTable("a.jsonl", dir, createIssueList()));
  return guessDescription(profiles, { ...BASE, ...options.base }, options.target);
}

test("a table with everything", async (t) => {
  const { description, roles } = await guess(t, (i) => ({
    sku: `S${i}`,
    name: `Thing number ${i}`,
    "Unit Price (€)": i + 0.5,
    brand: `b${i % 4}`,
    tags: `x${i % 3}|y${i % 5}`,
    split: i % 4 ? "train" : "test",
  }));
  assert.deepEqual(description, {
    ...BASE,
    id: "sku",
    inputs: {
      name: { type: "text" },
      unitPrice: { type: "number", column: "Unit Price (€)" },
      brand: { type: "category" },
    },
    target: { type: "labels", column: "tags", separator: "|" },
    split: { column: "split" },
  });
  assert.deepEqual(
    roles.map(({ role }) => role),
    ["id", "text", "number", "category", "target", "split"],
  );
});

test("names are such that they can be trained, and whatever is suggested can be", async (t) => {
  const { description } = await guess(t, (i) => ({
    Title: `Thing number ${i}`,
    title_length: i * 3,
    data: `text number ${i}`,
    Brand: `b${i % 4}`,
    walk: [i, 2],
    run: [[i], [1], [2]],
    photo: `p${i}.png`,
    back: `q${i}.png`,
    tags: `x${i % 3}|y${i % 5}`,
  }));
  const { inputs } = description as { inputs: Record<string, { type?: string; column?: string }> };
  const found = Object.entries(inputs).flatMap(([name, { type, column = name }]) =>
    type === undefined ? [] : [[name, type, column]],
  );
  assert.deepEqual(found, [
    ["title", "text", "Title"],
    ["title_length2", "number", "title_length"],
    ["data2", "text", "data"],
    ["brand", "category", "Brand"],
    ["walk", "sequence", "walk"],
    ["run", "sequence", "run"],
    ["photo", "image", "photo"],
    ["back", "image", "back"],
  ]);
  const parsed = parseDescription(JSON.stringify(description), "dataset.json");
  assert.equal(Object.keys(declareInputs(parsed)).length, 8);
});

test("what is not certain is commented: id, split, left-out columns, texts without a value", async (t) => {
  const { description } = await guess(t, (i) => ({
    title: i % 5 ? `Thing number ${i}` : "unknown",
    made: "2024-01-01",
    day: `2024-01-${10 + (i % 9)}`,
    colour: ["red", "blue"][i % 2],
    size: ["S", "M", "L"][i % 3],
  }));
  assert.match(description["//id"] as string, /^No column is named like an id and unique/);
  assert.match(description["//split"] as string, /^No column says which rows are for testing/);
  assert.match(description["//missing"] as string, /"unknown"/);
  const inputs = description.inputs as Record<string, unknown>;
  assert.match(inputs["//made"] as string, /^Left out: it is constant/);
  assert.match(inputs["//day"] as string, /gets only the year/);
  assert.deepEqual(description.target, { type: "class", column: "size" });
  assert.match(
    description["//target"] as string,
    /^Chosen because it is the last column with classes; .*Others that could be: colour\.$/,
  );
});

describe("the id is", () => {
  for (const [what, row, id, comment, left] of [
    ["named so, whatever the capitals", { ID: "own" }, "ID", undefined, []],
    ["named with what it is of", { userID: "own" }, "userID", undefined, []],
    ["numbered", { item_no: "own" }, "item_no", undefined, []],
    ["the whole name before others", { shopId: "own", Id: "own" }, "Id", undefined, ["//shopId"]],
    [
      "used although one repeats, which is said",
      { id: "once more" },
      "id",
      /^In this column, 1 row has a value that an earlier row has; only the first row/,
      [],
    ],
    [
      "not one that repeats",
      { Id: "often" },
      undefined,
      /^No column is named like an id/,
      ["//Id"],
    ],
  ] as const) {
    test(what, async (t) => {
      const values = (i: number) => ({ own: i, "once more": i || 1, often: i % 20 });
      const { description, roles } = await guess(t, (i) => ({
        text: `words of ${i}`,
        ...Object.fromEntries(Object.entries(row).map(([name, kind]) => [name, values(i)[kind]])),
        label: `l${i % 2}`,
      }));
      assert.equal(description.id, id);
      assert.match(String(description["//id"]), comment ?? /^undefined$/);
      assert.deepEqual(Object.keys(description.inputs as object), ["text", ...left]);
      const reason = roles.find(({ role }) => role === "id")?.reason;
      if (id === "id")
        assert.equal(reason, "named like an id, but 1 row has a value that an earlier row has");
    });
  }

  test("not what is to be predicted", async (t) => {
    const { description } = await guess(t, (i) => ({ id: i, text: `a ${i}`, item_no: i * 3 }), {
      target: "item_no",
    });
    assert.deepEqual(
      [description.id, (description.target as { column: string }).column],
      ["id", "item_no"],
    );
  });
});

describe("the target is", () => {
  const row = (i: number) => ({
    genre: `g${i % 3}`,
    label: `l${i % 4}`,
    score: i * 1.5,
    list: [`a${i % 3}`, "b"],
  });
  for (const [what, of, target, expected] of [
    ["the column of that name", row, undefined, { type: "class", column: "label" }],
    [
      "the column named target before all others",
      (i: number) => ({ ...row(i), Target: `t${i % 3}` }),
      undefined,
      { type: "class", column: "Target" },
    ],
    [
      "a number where the column named target has fractions",
      (i: number) => ({ ...row(i), TARGET: i / 3 }),
      undefined,
      { type: "number", column: "TARGET" },
    ],
    [
      "not the y of a place",
      (i: number) => ({ x: i / 3, y: i / 7, kind: `k${i % 3}` }),
      undefined,
      { type: "class", column: "kind" },
    ],
    ["the one that the user names", row, "score", { type: "number", column: "score" }],
    ["labels where it has lists", row, "list", { type: "labels", column: "list" }],
    [
      "labels where it has lists as text",
      (i: number) => ({ text: `a b ${i}`, tags: `['a${i % 3}', 'b']` }),
      undefined,
      { type: "labels", column: "tags" },
    ],
    [
      "a class where whole numbers have its name",
      (i: number) => ({ text: `a b ${i}`, target: i % 2 }),
      undefined,
      { type: "class", column: "target" },
    ],
  ] as const) {
    test(what, async (t) => {
      const { description } = await guess(t, of, target === undefined ? {} : { target });
      assert.deepEqual(description.target, expected);
    });
  }

  test("commented where its points may be between thousands", async (t) => {
    const { description } = await guess(
      t,
      (i) => ({ text: `words of ${i}`, Einwohner: `${i + 1}.${200 + i}` }),
      { target: "Einwohner" },
    );
    assert.match(
      String(description["//target"]),
      /^40 values have a point before three digits .*say "decimal": ","\.$/,
    );
  });

  test("named like one but constant, said with its value", async (t) => {
    await assert.rejects(
      guess(t, (i) => ({ name: `words of ${i}`, tags: "cotton|summer" })),
      /^InputError: target: "tags" is named like a target, but it is "cotton\|summer" in all rows, .*: name \(3\.0 words/,
    );
  });

  test("not an object", async (t) => {
    await assert.rejects(
      guess(t, (i) => ({ text: `words of ${i}`, meta: { a: i % 2 } }), { target: "meta" }),
      /^InputError: target: "meta" has objects or lists in lists, which cannot be predicted; make/,
    );
  });

  test("not texts in brackets that are no lists", async (t) => {
    await assert.rejects(
      guess(t, (i) => ({ text: `words of ${i}`, tags: `[a${i % 3}, b]` }), { target: "tags" }),
      /^InputError: target: "tags" has texts in brackets that cannot be read as lists, e\.g\. "\[a0, b\]"; write/,
    );
  });

  test("missing, said with what was seen", async (t) => {
    await assert.rejects(
      guess(t, (i) => ({ text: `words of ${i}`, kind: "x" })),
      {
        name: "InputError",
        message:
          'target: no column looks like a target; name one with --target: text (3.0 words on average), kind (it is constant ("x"))',
      },
    );
  });
});

test("a split that is known stays, and names of inputs do not clash", async (t) => {
  const { description } = await guess(
    t,
    (i) => ({ "a b": i * 1.5, aB: i * 2.5, "1st": i * 3.5, label: `l${i % 2}`, split: "train" }),
    { base: { split: { test: "t.jsonl" } } },
  );
  assert.deepEqual(description.split, { test: "t.jsonl" });
  const inputs = Object.keys(description.inputs as object).filter((key) => !key.startsWith("//"));
  assert.deepEqual(inputs, ["aB", "aB2", "column1st"]);
});

test("a table without a column for an input is refused, with what is wrong with each", async (t) => {
  const dated = guess(t, (i) => ({ id: i, day: `0${1 + (i % 9)}.11.21`, label: `${i % 2}` }));
  await assert.rejects(dated, {
    message:
      /^inputs: there is no column .* predicted\. "day": Left out: its dates have years of two/,
  });
  const bare = guess(t, (i) => ({ id: i, label: `${i % 2}` }));
  await assert.rejects(bare, { message: /predicted; add one beside the id and the target$/ });
});
