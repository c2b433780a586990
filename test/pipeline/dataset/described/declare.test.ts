/** What a description's inputs become, and what cannot be trained yet. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { declareInputs } from "../../../../pipeline/dataset/described/declare.ts";
import { parseDescription } from "../../../../pipeline/dataset/parseDescription.ts";
import { InputError } from "../../../../predictor/errors.ts";

function declare(inputs: object, target: object = { type: "labels", column: "tags" }) {
  return declareInputs(
    parseDescription(
      JSON.stringify({ name: "shop", items: "a.csv", inputs, target }),
      "dataset.json",
    ),
  );
}

const TEXT = { type: "text" };
const REVIEWS = { type: "ratings", table: "r.csv", item: "i", user: "u", value: "v" };

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
    ["name", { type: "text", form: "title", maxCharacters: 1000 }],
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

const refused: [what: string, inputs: object, field: string, detail: RegExp][] = [
  ["a category", { brand: { type: "category" } }, "inputs.brand.type", /^"category" cannot be tr/],
  ["a sequence", { steps: { type: "sequence" } }, "inputs.steps.type", /^"sequence" cannot be tr/],
  [
    "a number of its own column",
    { name: TEXT, price: { type: "number" } },
    "inputs.price",
    /cannot be trained yet: numbers are trained beside a text/,
  ],
  [
    "a number in a group of its own",
    { name: TEXT, year: { type: "number", from: "name", pattern: "(\\d{4})", group: "facts" } },
    "inputs.year.group",
    /cannot be trained yet: a number shares the tower of its text, "name"; leave the group out/,
  ],
  [
    "a second image",
    { front: { type: "image" }, back: { type: "image" } },
    "inputs.back",
    /is another input of type image; one can be trained/,
  ],
  [
    "a second table of ratings",
    { reviews: REVIEWS, name: TEXT, visits: REVIEWS },
    "inputs.visits",
    /is another input of type ratings; one can be trained/,
  ],
];
for (const [what, inputs, field, detail] of refused) {
  test(`${what} is refused by its key`, () => {
    assert.throws(() => declare(inputs), isAbout(field, detail));
  });
}

test("names of options, of the graph and of every object are refused", () => {
  const why: [name: string, input: object, why: RegExp][] = [
    ["data", TEXT, /which is that of other options; give it another, with "column": "data"$/],
    ["train", REVIEWS, /which is that of other options; give it another$/],
    ["no", TEXT, /other options/],
    ["constructor", TEXT, /other options/],
    ["Name", { ...TEXT, column: "Product" }, /begins with a capital; .* "column": "Product"$/],
    ["prior", { type: "image" }, /which is that of another part of the graph/],
    ["probabilities", { type: "image" }, /another part of the graph/],
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
