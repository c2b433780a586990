import assert from "node:assert/strict";
import { test } from "node:test";
import { parse as parseBrowser } from "csv-parse/browser/esm/sync";
import { parse } from "csv-parse/sync";
import type { UserSpec } from "../../predictor/preprocess/ratings.ts";
import { parseRatings as parseRatingsWith } from "../../predictor/ratingsFile.ts";

const SPEC: UserSpec = {
  users: ["1", "2"],
  groups: { genders: ["F", "M"], ages: [1, 18, 25], occupations: [0, 12] },
  stars: { min: 1, max: 5 },
  maxRatings: 4,
};

/** By the parser of Node and by that of browsers. */
function parseRatings(text: string, where: string) {
  const [node, browser] = [parse, parseBrowser].map((parser) =>
    attempt(() => parseRatingsWith(text, where, parser, SPEC)),
  );
  assert.deepEqual(browser, node);
  if (node instanceof Error) throw node;
  return node;
}

function attempt<T>(action: () => T): T | Error {
  try {
    return action();
  } catch (error) {
    return error as Error;
  }
}

test("columns are found by name, in any order and case; others are left alone", () => {
  const text = "\uFEFFStars,when,User\r\n5,x, 12 \r\n\r\n3.5,y,Ada\r\n";
  assert.deepEqual(parseRatings(text, "r.csv"), [
    { user: "12", stars: 5 },
    { user: "Ada", stars: 3.5 },
  ]);
});

test("a header without rows gives no ratings", () => {
  assert.deepEqual(parseRatings("user,stars\n", "r.csv"), []);
});

test("users may be described instead of named", () => {
  assert.deepEqual(parseRatings("stars,gender,age,occupation\n4,f,25,12\n2,,56,\n", "r.csv"), [
    { stars: 4, gender: "F", age: 25, occupation: 12 },
    { stars: 2, age: 56 },
  ]);
});

test("a gender is read as the data set spells it, and refused if it has no such", () => {
  const words = { ...SPEC, groups: { ...SPEC.groups, genders: ["female", "male"] } };
  assert.deepEqual(parseRatingsWith("stars,gender\n4,FEMALE\n2,male\n", "r.csv", parse, words), [
    { stars: 4, gender: "female" },
    { stars: 2, gender: "male" },
  ]);
  assert.throws(() => parseRatingsWith("stars,gender\n4,female\n2,M\n", "r.csv", parse, words), {
    field: "ratings",
    message: 'ratings: r.csv:3, gender: "M" is not one of female, male',
  });
});

const REFUSALS: [name: string, text: string, message: RegExp][] = [
  ["no header", "1,5\n2,4\n", /r\.csv:1 must be a header .* user and stars/],
  ["one column missing", "user,score\n1,5\n", /stars not found in "user,score"/],
  ["stars that are not a number", "user,stars\n1,5\n2,good\n", /r\.csv:3 has stars "good"/],
  ["no stars", "user,stars\n1,\n", /r\.csv:2 has no stars/],
  ["no user", "user,stars\n,4\n", /r\.csv:2 has no user/],
  ["an age that is not a number", "age,stars\nold,4\n", /r\.csv:2 has age "old"/],
  ["too few fields", "user,stars\n1\n", /r\.csv:2 is not CSV/],
  ["stars out of range", "user,stars\n1,5\n\n2,9\n", /r\.csv:4, stars: 9 is outside 1 to 5/],
  ["a user twice", "user,stars\n1,5\n2,4\n1,4\n", /r\.csv:4, user: "1" has given a rating already/],
  ["an age that nobody has", "age,stars\n25,4\n-3,4\n", /r\.csv:3, age: -3 is not an age/],
  [
    "a gender that the model does not know",
    "gender,stars\nX,4\n",
    /r\.csv:2, gender: "X" is not one of F, M/,
  ],
  [
    "an occupation that the model does not know",
    "occupation,stars\n7,4\n",
    /r\.csv:2, occupation: 7 is not one/,
  ],
  ["half an occupation", "occupation,stars\n1.5,4\n", /r\.csv:2, occupation: 1\.5 is not a code/],
  ["too many", `user,stars\n${"x,1\n".repeat(5)}`, /r\.csv: 5 ratings given; at most 4/],
  ["an open quote", 'user,stars\n"1,5\n', /r\.csv.* is not CSV/],
];

for (const [name, text, message] of REFUSALS) {
  test(`${name}: the error names file and line`, () => {
    assert.throws(() => parseRatings(text, "r.csv"), {
      name: "InputError",
      field: "ratings",
      message,
    });
  });
}

test("a file that is not UTF-8 is refused, with its line", () => {
  const text = Buffer.from("user,stars\r\n1,5\r\ncaf\u00e9,3\r\n", "latin1").toString();
  assert.throws(() => parseRatings(text, "r.csv"), {
    name: "InputError",
    message: 'ratings: r.csv:3 is not UTF-8 after "caf"; write it as UTF-8',
  });
});
