import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRatings, readRatingsFile } from "../../serve/ratingsFile.ts";

test("columns are found by name, in any order and case; others are left alone", () => {
  const text = "\uFEFFStars,when,User\r\n5,x, 12 \r\n\r\n3.5,y,Ada\r\n";
  assert.deepEqual(parseRatings(text, "r.csv"), [
    { user: "12", stars: 5 },
    { user: "Ada", stars: 3.5 },
  ]);
});

test("a header alone is no ratings", () => {
  assert.deepEqual(parseRatings("user,stars\n", "r.csv"), []);
});

const FAULTS: [name: string, text: string, message: RegExp][] = [
  ["no header", "1,5\n2,4\n", /r\.csv:1 must be a header .* user and stars/],
  ["one column missing", "user,score\n1,5\n", /stars not found in "user,score"/],
  ["stars that are no number", "user,stars\n1,5\n2,good\n", /r\.csv:3 has stars "good"/],
  ["no stars", "user,stars\n1,\n", /r\.csv:2 has stars ""/],
  ["no user", "user,stars\n,4\n", /r\.csv:2 has no user/],
  ["too few fields", "user,stars\n1\n", /r\.csv:2 is not CSV/],
  ["an open quote", 'user,stars\n"1,5\n', /r\.csv.* is not CSV/],
];

for (const [name, text, message] of FAULTS) {
  test(`${name}: the error names file and line`, () => {
    assert.throws(() => parseRatings(text, "r.csv"), {
      name: "InputError",
      field: "ratings",
      message,
    });
  });
}

test("a file that is not there is the user's error, too", async () => {
  await assert.rejects(readRatingsFile("no/such.csv"), {
    name: "InputError",
    message: /no\/such\.csv cannot be read/,
  });
});
