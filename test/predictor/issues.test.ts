/** What is wrong with an input: English for everybody, and a code for hosts that speak another language. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "csv-parse/sync";
import { InputError } from "../../predictor/errors.ts";
import { describeIssue, issueOf } from "../../predictor/issues.ts";
import { parseRatings } from "../../predictor/ratingsFile.ts";
import { issues as vietnamese } from "../../web/strings/vi/issues.ts";
import { sampleInputs } from "./sampleManifest.ts";

test("an error has its issue, whose English text is the detail, also within a larger input", () => {
  const error = new InputError("year", issueOf("numberTooLarge", { value: 1e40 }));
  assert.equal(error.message, "year: 1e+40 is too large");
  const larger = error.within("movies[1]");
  assert.equal(larger.field, "movies[1].year");
  assert.deepEqual(larger.issue, error.issue);
  assert.equal(new InputError("a", "is odd").issue, undefined);
});

test("another language's table has all parts of an issue within an issue", () => {
  const { ratings } = sampleInputs() as unknown as {
    ratings: Parameters<typeof parseRatings>[3];
  };
  const text = "user,stars,age\nx,4,\nx,99,abc\n";
  let error: unknown;
  try {
    parseRatings(text, "r.csv", parse as never, ratings);
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error instanceof InputError);
  const lines = error.detail.split("\n");
  assert.equal(lines[0], "r.csv has 3 mistakes:");
  assert.match(lines[1]!, /^line 3 has age "abc", which is not a number$/);
  assert.match(lines[2]!, /^line 3, stars: 99 is outside /);
  const translated = describeIssue(error.issue!, vietnamese).split("\n");
  assert.equal(translated[0], "r.csv có 3 lỗi:");
  assert.equal(translated[1], "dòng 3: age là “abc”, không phải là số");
  assert.match(translated[2]!, /^dòng 3: stars: 99 nằm ngoài khoảng/);
  assert.equal(translated[3], "dòng 3: user: “x” đã đánh giá rồi, ở dòng 2");
});
