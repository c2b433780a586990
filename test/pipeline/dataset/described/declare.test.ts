/** What a description's inputs become, and what cannot be trained yet. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { declareInputs } from "../../../../pipeline/dataset/described/declare.ts";
import { parseDescription } from "../../../../pipeline/dataset/parseDescription.ts";
import { InputError } from "../../../../predictor/errors.ts";

function declare(
  inputs: object,
  target: object = { type: "labels", column: "tags" },
  more: object = {},
) {
  return declareInputs(
    parseDescription(
      JSON.stringify({ name: "shop", items: "a.csv", inputs, target, ...more }),
      "dataset.json",
    ),
  );
}

const TEXT = { type: "text" };
const TARGET = { type: "labels", column: "tags" };
const REVIEWS = { type: "ratings", table: "r.csv", item: "i", user: "u", value: "v" };

test("a number keeps the pattern that finds it, for predictions", () => {
  const pattern = "(\\d{4})$";
  assert.deepEqual(declare({ year: { type: "number", pattern } }).year, {
    type: "number",
    whole: false,
    pattern,
  });
});

test("a number keeps the decimal comma of its texts, for predictions", () => {
  const number = { type: "number", whole: false };
  const { price, area } = declare({
    price: { type: "number", decimal: "," },
    area: { type: "number", decimal: "." },
  });
  assert.deepEqual(price, { ...number, decimal: ",", group: "table" });
  assert.deepEqual(area, { ...number, group: "table" }, "as in manifests until now");
});

test("every input knows the texts that mean no value, if there are any", () => {
  const missing = ["N/A", "-"];
  const declared = declare({ details: TEXT, reviews: REVIEWS }, TARGET, { missing });
  for (const input of Object.values(declared)) assert.deepEqual(input.missing, missing);
  assert.ok(!("missing" in declare({ details: TEXT }).details!));
});

test("texts, an image, ratings and a year are declared in the description's order", () => {
  const declared = declare({
    details: TEXT,
    name: { type: "text", form: "title", column: "product" },
    picture: { type: "image", folder: "pictures" },
    year: { type: "number", from: "name", pattern: "(\\d{4})" },
    reviews: REVIEWS,
  });
  assert.deepEqual(Object.entries(declared), [
    ["details", { type: "text", form: "plain", maxCharacters: 100_000 }],
    ["name", { type: "text", form: "title", column: "product", maxCharacters: 1000 }],
    ["picture", { type: "image" }],
    [
      "year",
      {
        ...{ type: "number", group: "name", min: 1000, max: 2999, whole: true },
        from: { input: "name", pattern: "(\\d{4})" },
      },
    ],
    ["reviews", { type: "ratings" }],
  ]);
});

test("a number may name the group of its text", () => {
  const year = { type: "number", from: "name", pattern: "(\\d{4})" };
  assert.deepEqual(
    declare({ name: TEXT, year: { ...year, group: "name" } }),
    declare({ name: TEXT, year }),
  );
});

test("numbers and categories without a group share a table, under a name that is free", () => {
  const columns = {
    price: { type: "number", min: 0, whole: false },
    brand: { type: "category", separator: "|", maxValues: 3 },
  };
  assert.deepEqual(Object.entries(declare({ name: TEXT, ...columns })).slice(1), [
    ["price", { type: "number", min: 0, whole: false, group: "table" }],
    ["brand", { type: "category", separator: "|", maxValues: 3, group: "table" }],
  ]);
  const groups = (inputs: object) =>
    Object.values(declare(inputs)).map(({ group }) => group ?? "its own");
  assert.deepEqual(groups({ table: TEXT, ...columns }), ["its own", "table2", "table2"]);
  assert.deepEqual(groups({ name: TEXT, price: columns.price }), ["its own", "its own"]);
  const grouped = { ...columns.price, group: "money" };
  assert.deepEqual(groups({ ...columns, price: grouped, cost: grouped }), [
    ...["money", "its own", "money"],
  ]);
  // The group named after a column includes it.
  assert.deepEqual(groups({ ...columns, cost: { type: "number", group: "brand" } }), [
    ...["its own", "its own", "brand"],
  ]);
});

test("a number may stand beside a text or a sequence, images may be several", () => {
  const price = { type: "number", group: "name" };
  assert.equal(declare({ name: TEXT, price }).price!.group, "name");
  assert.equal(declare({ name: { type: "sequence" }, price }).price!.group, "name");
  assert.deepEqual(declare({ front: { type: "image" }, back: { type: "image" } }), {
    front: { type: "image" },
    back: { type: "image" },
  });
  assert.deepEqual(declare({ name: TEXT, steps: { type: "sequence", features: 3 } }).steps, {
    type: "sequence",
    features: 3,
  });
});

test("texts of a group share a tower, with a number that is taken from one of them", () => {
  const article = { ...TEXT, group: "article" };
  const year = { type: "number", from: "title", pattern: "(\\d{4})" };
  const declared = declare({ title: { ...article, weight: 2 }, body: article, year });
  assert.deepEqual(
    Object.values(declared).map(({ group }) => group),
    ["article", "article", "article"],
  );
  assert.deepEqual(declared.title, {
    ...{ type: "text", group: "article", form: "plain", maxCharacters: 100_000, weight: 2 },
  });
  for (const group of ["title", "article"]) {
    assert.equal(declare({ title: article, year: { ...year, group } }).year!.group, "article");
  }
  const price = { type: "number", group: "article" };
  assert.equal(declare({ title: article, body: article, price }).price!.group, "article");
});

const refused: [what: string, inputs: object, field: string, detail: RegExp][] = [
  [
    "a text of another form in a group",
    {
      title: { ...TEXT, form: "title", group: "article" },
      body: { ...TEXT, group: "article" },
    },
    "inputs.body.group",
    /^is "article", whose texts have the form title; texts are read together in one form$/,
  ],
  [
    "a text without spaces beside one with them",
    {
      title: { ...TEXT, group: "article", spaces: false },
      body: { ...TEXT, group: "article" },
    },
    "inputs.body.group",
    /^is "article", of which other texts have spaces between words, or none; "spaces" must/,
  ],
  [
    "a text in the tower of an image",
    { shot: { type: "image" }, name: { ...TEXT, group: "shot" } },
    "inputs.name.group",
    /^is "shot", the tower of an input of type image, which text inputs cannot share/,
  ],
  [
    "an image in the tower of a text",
    { name: { ...TEXT, group: "shot" }, shot: { type: "image" } },
    "inputs.name.group",
    /^is "shot", the tower of an input of type image, which text inputs cannot share/,
  ],
  [
    "a text in a group with the name of an input elsewhere",
    { title: { ...TEXT, group: "article" }, body: { ...TEXT, group: "title" } },
    "inputs.body.group",
    /^is "title", the name of an input that has another tower; give the group a name of its own$/,
  ],
  [
    "a text in a group with the name of a number",
    { price: { type: "number" }, body: { ...TEXT, group: "price" } },
    "inputs.body.group",
    /^is "price", the name of an input that has another tower/,
  ],
  [
    "a group of texts with the name of options",
    { title: { ...TEXT, group: "train" }, body: { ...TEXT, group: "train" } },
    "inputs.title.group",
    /^is "train", which is already the name of something else/,
  ],
  [
    "a category beside several texts",
    {
      title: { ...TEXT, group: "article" },
      body: { ...TEXT, group: "article" },
      brand: { type: "category", group: "article" },
    },
    "inputs.brand.group",
    /^is "article", the tower of an input of type text, which category inputs cannot share/,
  ],
  [
    "a number in a group of its own, found in a text",
    { name: TEXT, year: { type: "number", from: "name", pattern: "(\\d{4})", group: "facts" } },
    "inputs.year.group",
    /cannot be trained: a number shares the tower of the text .*, "name"; leave the group out/,
  ],
  [
    "a category beside a text",
    { name: TEXT, brand: { type: "category", group: "name" } },
    "inputs.brand.group",
    /^is "name", the tower of an input of type text, which category inputs cannot share; leave/,
  ],
  [
    "a number beside an image",
    { shot: { type: "image" }, price: { type: "number", group: "shot" } },
    "inputs.price.group",
    /number inputs cannot share, because its network learns from pictures, and .*; leave the group out/,
  ],
  [
    "a second number beside a text",
    {
      name: TEXT,
      price: { type: "number", group: "name" },
      weight: { type: "number", group: "name" },
    },
    "inputs.weight.group",
    /^is "name", which "price" is already beside; only one number can/,
  ],
  [
    "a group with the name of options",
    { price: { type: "number", group: "train" }, weight: { type: "number", group: "train" } },
    "inputs.price.group",
    /^is "train", which is already the name of something else; give it another name/,
  ],
  [
    "a group with a name that every object has",
    { price: { type: "number", group: "valueOf" } },
    "inputs.price.group",
    /^is "valueOf", which must not be a name that every object of JavaScript has; give it another/,
  ],
  [
    "a group whose name makes no flags",
    { price: { type: "number", group: "the facts" } },
    "inputs.price.group",
    /^is "the facts", which must be a name/,
  ],
  [
    "ratings of which the graph makes the same names",
    { review: REVIEWS, name: TEXT, reviews: REVIEWS },
    "inputs.reviews",
    /^makes "review_users" in the graph, as "review" does; give it another name$/,
  ],
];
for (const [what, inputs, field, detail] of refused) {
  test(`${what} is refused by its key`, () => {
    assert.throws(() => declare(inputs), isAbout(field, detail));
  });
}

test("names of options, of the graph and of every object are refused", () => {
  const why: [name: string, input: object, why: RegExp][] = [
    [
      "data",
      TEXT,
      /which is already used by other options; give it another, with "column": "data"$/,
    ],
    ["train", REVIEWS, /which is already used by other options; give it another$/],
    ["no", TEXT, /other options/],
    ["constructor", TEXT, /other options/],
    [
      "Name",
      { ...TEXT, column: "Product" },
      /begins with a capital letter; .* "column": "Product"$/,
    ],
    ["prior", { type: "image" }, /which is already used by another part of the graph/],
    ["probabilities", { type: "image" }, /another part of the graph/],
    ["gates", { type: "category" }, /another part of the graph/],
    ["states", { type: "sequence" }, /another part of the graph/],
  ];
  for (const [name, input, detail] of why) {
    assert.throws(() => declare({ [name]: input }), isAbout(`inputs.${name}`, detail), name);
  }
  // A text's graph input has another name than the text itself.
  assert.deepEqual(Object.keys(declare({ prior: TEXT, evidence: TEXT })), ["prior", "evidence"]);
});

function isAbout(field: string, detail: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof InputError, String(error));
    assert.equal(error.field, field);
    assert.match(error.detail, detail);
    return true;
  };
}
