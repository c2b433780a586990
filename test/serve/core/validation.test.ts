/** What clients read where a field is wrong: sentences that begin with the field's name, for every type of input. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import type { InputSpec } from "../../../predictor/inputs/types.ts";
import { servedType } from "../../../serve/core/inputs/types.ts";
import { invalidBySchema } from "../../../serve/core/validation.ts";
import { sampleInputs } from "../../predictor/sampleManifest.ts";

const { title, poster, ratings } = sampleInputs();
const SPECS: Readonly<Record<string, InputSpec>> = {
  brand: { type: "category", values: ["Runa", "Nord"], maxValues: 2 },
  walk: { type: "sequence", features: 2, maxSteps: 3, mean: [0, 0], std: [1, 1] },
  price: { type: "number", min: 0, max: 9, whole: true },
  weight: { type: "number", whole: false },
  name: { ...title, group: undefined, maxCharacters: 5 },
  picture: poster,
  likes: ratings,
};

/** The issues of a request with one field, as `field: detail`. */
function issuesOf(name: string, value: unknown): string[] {
  const spec = SPECS[name]!;
  const schema = servedType(spec).field(name, spec, { maxRatings: 2 } as never);
  const result = z.strictObject({ [name]: schema }).safeParse({ [name]: value });
  if (result.success) return [];
  const { issues } = invalidBySchema(result.error, "");
  return issues.map(({ field, detail }) => `${field}: ${detail}`);
}

const CASES: readonly (readonly [name: string, value: unknown, issue: string])[] = [
  [
    "brand",
    { a: 1 },
    "brand: is neither a value (a text, a number, true or false) nor a list of values",
  ],
  ["brand", ["a", "b", "c"], "brand: has 3 values; at most 2 are accepted"],
  ["walk", 3, "walk: is not a step, a list of 2 numbers"],
  ["walk", [[1, 2], 3], "walk[1]: is not a step, a list of 2 numbers"],
  ["price", ["3"], "price: is a list, expected a whole number"],
  ["price", undefined, "price: is missing; expected a whole number"],
  ["price", 3.5, "price: 3.5 is not a whole number from 0 to 9"],
  ["weight", null, "weight: is null, expected a number"],
  ["weight", Number.POSITIVE_INFINITY, "weight: is not a number"],
  ["name", ["a"], "name: is a list, expected a text"],
  ["name", "abcdef", "name: has more than 5 characters"],
  ["picture", 7, "picture: is a number, expected a text"],
  ["likes", {}, "likes: is an object, expected a list"],
  ["likes", [{ user: "1", stars: 3, x: 1 }], "likes[0].x: is not a field here"],
];

for (const [name, value, issue] of CASES) {
  test(`${name} ${JSON.stringify(value)}`, () => {
    assert.deepEqual(issuesOf(name, value), [issue]);
  });
}

test("bounds, choices and unions are sentences, too", () => {
  const schema = z.object({
    top: z.int().min(1).max(9),
    share: z.number().positive().lt(1),
    list: z.array(z.number()).min(1),
    pair: z.array(z.number()).max(1),
    form: z.enum(["json", "csv"]),
    id: z.union([z.string(), z.number()]),
  });
  const detailsOf = (value: object) => {
    const { error } = schema.safeParse(value);
    return invalidBySchema(error!, "").message.split("; ");
  };
  const rest = { list: [], pair: [1, 2], form: "xml", id: null };
  const ofRest = [
    "list: is empty",
    "pair: has more than 1 item",
    'form: is not "json" or "csv"',
    "id: has the wrong type",
  ];
  assert.deepEqual(detailsOf({ top: 0, share: 0, ...rest }), [
    ...["top: must be at least 1", "share: must be more than 0", ...ofRest],
  ]);
  assert.deepEqual(detailsOf({ top: 10, share: 1, ...rest }), [
    ...["top: must be at most 9", "share: must be less than 1", ...ofRest],
  ]);
  assert.match(detailsOf({ top: 1.5, share: 0.5, ...rest })[0]!, /^top: is a number, expected a w/);
});
