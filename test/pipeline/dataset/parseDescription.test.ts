/** dataset.json: what is accepted, and the sentence for everything that is not, with its line. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parseDescription, readDescription } from "../../../pipeline/dataset/parseDescription.ts";
import { RESERVED_NAMES } from "../../../predictor/reservedNames.ts";
import { folder } from "./folder.ts";

const SHOP = {
  name: "shop",
  nouns: { item: "product", items: "products", label: "tag", labels: "tags" },
  items: "items.csv",
  id: "sku",
  inputs: {
    name: { type: "text" },
    details: { type: "text", column: "description" },
    photo: { type: "image", column: "image", folder: "images" },
    price: { type: "number" },
    brand: { type: "category" },
    reviews: {
      ...{ type: "ratings", table: "reviews.parquet" },
      ...{ item: "sku", user: "customer", value: "stars" },
    },
    year: { type: "number", from: "name", pattern: "\\((\\d{4})\\)$" },
    steps: { type: "sequence", separator: " " },
  },
  target: { type: "labels", column: "tags", separator: "|" },
  split: { column: "split" },
};
const SMALL = {
  name: "small",
  items: "items.csv",
  inputs: { a: { type: "text" } },
  target: { type: "class", column: "c" },
};

function parse(value: unknown) {
  return parseDescription(JSON.stringify(value, undefined, 1), "dataset.json");
}

test("the whole of a description is read as it is", () => {
  assert.deepEqual(parse(SHOP), { ...SHOP, missing: [] });
});

test("defaults: plain nouns, no missing texts, a fifth for testing", () => {
  assert.deepEqual(parse(SMALL), {
    ...SMALL,
    missing: [],
    nouns: { item: "item", items: "items", label: "label", labels: "labels" },
    split: { test: 0.2 },
  });
});

test("keys that begin with // are comments everywhere, also twice", () => {
  const text = `{
    "//": "a", "//": "b", "//name": 1, "name": "s", "items": ["a.csv", "b.csv"],
    "inputs": { "//a": "unsure", "a": { "type": "text", "//type": "unsure" } },
    "target": { "//": "", "type": "number", "column": "c" }, "split": { "//": "", "test": "t.csv" }
  }`;
  const { inputs, target, split } = parseDescription(text, "dataset.json");
  assert.deepEqual(inputs, { a: { type: "text" } });
  assert.deepEqual(target, { type: "number", column: "c" });
  assert.deepEqual(split, { test: "t.csv" });
});

describe("what is wrong is said in a sentence with its line", () => {
  const input = (value: unknown) => ({ ...SMALL, inputs: { a: { type: "text" }, b: value } });
  for (const [what, value, message] of [
    ["a key", { ...SMALL, inptus: 1 }, /:13: inptus is not a known key; did you mean "inputs"\?/],
    [
      "a key of an input",
      input({ type: "number", colum: "x" }),
      /:10: inputs\.b\.colum is not a known key; did you mean "column"\? \(known are type, column, from,/,
    ],
    [
      "a key of another type's input",
      input({ type: "text", folder: "x" }),
      /:10: inputs\.b\.folder is not a known key; .*\(known are type, column, form, spaces, group, weight\)/,
    ],
    [
      "a key of a ratings input's users",
      input({
        ...{ type: "ratings", table: "r.csv", item: "i", user: "u", value: "v" },
        users: { table: "u.csv", id: "i", columns: ["c"], colums: 1 },
      }),
      /inputs\.b\.users\.colums is not a known key; did you mean "columns"\?/,
    ],
    [
      "a key of the target",
      { ...SMALL, target: { type: "class", column: "c", separator: "|" } },
      /:12: target\.separator is not a known key; .*\(known are type, column\)/,
    ],
    ["a key of the split", { ...SMALL, split: { tets: 0.2 } }, /split\.tets .*"test"/],
    ["a key of the nouns", { ...SMALL, nouns: { itms: "x" } }, /nouns\.itms .*"items"/],
    ["a key of a table", { ...SMALL, items: { files: "x" } }, /:3: items\.files .*"file"/],
    [
      "a type",
      input({ type: "txt" }),
      /:9: inputs\.b\.type is "txt"; did you mean "text"\? \(known are text, image, ratings,/,
    ],
    [
      "a target's type",
      { ...SMALL, target: { type: "label" } },
      /target\.type is "label"; .*"labels"/,
    ],
    ["no type", input({ column: "x" }), /:8: inputs\.b\.type is not given; one of text, image/],
    ["no table", { ...SMALL, items: undefined }, /:1: items is not given/],
    ["no column", { ...SMALL, target: { type: "class" } }, /target\.column is not given/],
    [
      "an encoding that is not known",
      { ...SMALL, items: { file: "a.csv", encoding: "cp1252" } },
      /:3: items\.encoding is "cp1252", expected one of utf-8, latin1, utf-16le$/m,
    ],
    [
      "one of a table for testing",
      { ...SMALL, split: { test: { file: "a.csv", encoding: "cp1252" } } },
      /: split\.test\.encoding is "cp1252", expected one of utf-8, latin1, utf-16le$/m,
    ],
    [
      "a separator that is no text",
      { ...SMALL, items: { file: "a.csv", separator: 5 } },
      /: items\.separator: expected string, received number$/m,
    ],
    [
      "no name of a column",
      { ...SMALL, items: { file: "a.csv", columns: ["a", ""] } },
      /: items\.columns\.1: too small, expected a string with >=1 characters$/m,
    ],
    [
      "a table's file that is none",
      { ...SMALL, items: { file: 5 } },
      /: items\.file must be a file's name, or a list of them$/m,
    ],
    [
      "a table without a file",
      { ...SMALL, items: { separator: ";" } },
      /: items must have a file, and/,
    ],
    ["a table that is none", { ...SMALL, items: 5 }, /:3: items must be a file's name, a list/],
    [
      "a share that is none",
      { ...SMALL, split: { test: 2 } },
      /split\.test(: too big| must be a share between 0 and 1, or a table)/,
    ],
    [
      "an input's name",
      { ...SMALL, inputs: { "a b": { type: "text" } } },
      /inputs\.a b cannot be an input's name: it must be letters, digits/,
    ],
    ...RESERVED_NAMES.map((name): [string, object, RegExp] => [
      `an input named ${name}`,
      { ...SMALL, inputs: { [name]: { type: "text" } } },
      new RegExp(
        `:5: inputs\\.${name} has a name that requests use for something else; choose another`,
      ),
    ]),
    ["no input", { ...SMALL, inputs: {} }, /:4: inputs has no input; name at least one/],
    [
      "the target as an input",
      input({ type: "text", column: "c" }),
      /:8: inputs\.b reads the column "c", which is the target/,
    ],
    [
      "the split as an input",
      { ...input({ type: "text" }), split: { column: "b" } },
      /:8: inputs\.b reads the column "b", which is the split/,
    ],
    [
      "from an unknown input",
      input({ type: "number", from: "aa", pattern: "(.)" }),
      /:10: inputs\.b\.from is "aa", which is not a text input; did you mean "a"\?/,
    ],
    [
      "from without a pattern",
      input({ type: "number", from: "a" }),
      /inputs\.b has "from" without "pattern"/,
    ],
    [
      "from and a column",
      input({ type: "number", from: "a", pattern: "(.)", column: "x" }),
      /"from" and "column"/,
    ],
    [
      "a column's pattern without a group",
      input({ type: "number", pattern: "." }),
      /inputs\.b\.pattern is ".", expected a regular expression with a group/,
    ],
    [
      "a pattern without a group",
      input({ type: "number", from: "a", pattern: "." }),
      /inputs\.b\.pattern is "\.", expected a regular expression with a group/,
    ],
    [
      "a pattern that is none",
      input({ type: "number", from: "a", pattern: "((.)" }),
      /expected a regular expression/,
    ],
    [
      "a pattern that cannot be searched in linear time",
      input({ type: "number", from: "a", pattern: "(\\d+)\\1" }),
      /inputs\.b\.pattern is ".*", which has a backreference: a long text could hold up a server/,
    ],
    ["no split", { ...SMALL, split: {} }, /split needs "column", or "test"/],
    [
      "two splits",
      { ...SMALL, split: { column: "s", test: 0.2 } },
      /split\.test cannot be combined with "column"/,
    ],
    [
      "a seed without a share",
      { ...SMALL, split: { test: "t.csv", seed: 1 } },
      /split\.seed needs a share/,
    ],
    [
      "validation without test",
      { ...SMALL, split: { test: 0.1, validation: "v.csv" } },
      /split\.validation needs a table/,
    ],
  ] as const) {
    test(what, () => {
      assert.throws(() => parse(value), { name: "OptionsError", message });
      assert.throws(() => parse(value), /^OptionsError: dataset\.json:\d+: /);
    });
  }
});

test("two inputs of one name, and other keys that are there twice, are named with both lines", () => {
  const text = `{ "name": "s", "items": "a.csv",
    "inputs": {
      "a": { "type": "text" },
      "a": { "type": "number" }
    },
    "target": { "type": "class",
      "column": "c", "column": "d" } }`;
  assert.throws(() => parseDescription(text, "d.json"), {
    name: "OptionsError",
    message:
      "d.json:4: inputs.a is the name of two inputs; the other is on line 3\n" +
      "d.json:7: target.column is there twice; the other is on line 7",
  });
});

test("an input __proto__, which objects cannot have as a key, is named, and does not vanish", () => {
  const text = `{ "name": "s", "items": "a.csv",
    "inputs": {
      "a": { "type": "text" },
      "__proto__": { "type": "number" }
    },
    "target": { "type": "class", "column": "c" } }`;
  assert.throws(() => parseDescription(text, "d.json"), {
    name: "OptionsError",
    message:
      'd.json:4: inputs.__proto__ cannot be the name of an input; choose another, and name the column with "column"',
  });
});

test("everything that is wrong is said at once", () => {
  const wrong = { ...SMALL, nmae: 1, inputs: { a: { type: "txet" } } };
  assert.throws(() => parse(wrong), /:6: inputs\.a\.type .*\n?.*nmae|nmae[\s\S]*inputs\.a\.type/);
});

test("text that is not JSON is named with its line; a file that is absent by its path", async (t) => {
  assert.throws(() => parseDescription('{\n"name": "a",\n}', "d.json"), {
    name: "OptionsError",
    message: /^d\.json:3: is not JSON \(.+\)$/,
  });
  const dir = await folder(t, { "d.json": JSON.stringify(SMALL) });
  assert.equal((await readDescription(join(dir, "d.json"))).name, "small");
  await assert.rejects(readDescription(join(dir, "e.json")), /e\.json does not exist$/);
});
