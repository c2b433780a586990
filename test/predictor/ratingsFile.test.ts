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
  ["too few fields", "user,stars\n1\n", /r\.csv:2 has 1 field, expected 2; the row is cut short/],
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
  [
    "too many",
    `user,stars\n${["a", "b", "c", "d", "e"].join(",1\n")},1\n`,
    /r\.csv: 5 ratings given; at most 4/,
  ],
  [
    "an open quote",
    'user,stars\n1,5\n"2,5\n3,4\n',
    /r\.csv:3 has a quote that opens and is never closed/,
  ],
  [
    "text after a quote",
    'user,stars\n"1"x,5\n',
    /r\.csv:2 has a quote in the wrong place; put the whole/,
  ],
  ["an empty file", "", /r\.csv is empty/],
  ["a file of blank lines", "\uFEFF\r\n \n", /r\.csv is empty/],
  ["a spreadsheet", "PK\u0003\u0004\0\0xl", /r\.csv is a spreadsheet .* as CSV/],
  ["a file with other bytes", "user,stars\0\n", /r\.csv is not a text file/],
  ["two columns of one name", "user,stars,Stars\n1,2,3\n", /r\.csv:1 has two columns named stars/],
  ["two columns without any stars", "user;when\n1;2\n", /stars not found in "user,when"/],
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
    message: 'ratings: r.csv:3 is not UTF-8 after "caf"; save it as UTF-8',
  });
});

const SEPARATED: [name: string, text: string][] = [
  ["semicolons", "user;stars\n1;5\n2;3.5\n"],
  ["semicolons, with decimal commas", "user;stars\r\n1;5,0\r\n2;3,5\r\n;\r\n"],
  ["tabs", "\uFEFFuser\tstars\r\n1\t5\r\n2\t3.5\r\n"],
  ["Excel's own line", "sep=;\r\nuser;stars\r\n1;5\r\n2;3,5\r\n"],
  [
    "MovieLens' header",
    "userId,movieId,rating,timestamp\n1,2571,5,978300760\n2,2571,3.5,9783007\n",
  ],
  ["other spellings", "Movie ID,User_ID,Rating\n9,1,5\n9,2,3.5\n"],
];
for (const [name, text] of SEPARATED) {
  test(`${name}: read as other files are`, () => {
    assert.deepEqual(parseRatings(text, "r.csv"), [
      { user: "1", stars: 5 },
      { user: "2", stars: 3.5 },
    ]);
  });
}

test("a comma within a comma-separated number is no decimal comma", () => {
  assert.throws(() => parseRatings('user,stars\n1,"3,5"\n', "r.csv"), {
    message: 'ratings: r.csv:2 has stars "3,5", which is not a number',
  });
});

test("lines are counted from the file's first, whatever stands there", () => {
  assert.throws(() => parseRatings("sep=;\nuser;stars\n\n1;good\n", "r.csv"), {
    message: 'ratings: r.csv:4 has stars "good", which is not a number',
  });
});

test("of several items' ratings those of one are read, if it is named", () => {
  const text = "userId,movieId,rating\n1,10,5\n2,10,4\n1,20,1\n";
  assert.throws(() => parseRatings(text, "r.csv"), {
    name: "SeveralItemsError",
    field: "ratings",
    column: "movieId",
    items: ["10", "20"],
    message:
      /r\.csv has ratings of several items: its column movieId has 2 values; keep the lines of/,
  });
  assert.deepEqual(parseRatingsWith(text, "r.csv", parse, SPEC, "20"), [{ user: "1", stars: 1 }]);
  assert.throws(() => parseRatingsWith(text, "r.csv", parse, SPEC, "30"), {
    message: "ratings: r.csv has no ratings of movieId 30",
  });
});

test("all mistakes of a file are named at once, in the order of its lines", () => {
  const text = 'user,stars,age\n1,good,-1\n2\n,5,\n1,9,\n"3,4,\n';
  assert.throws(() => parseRatings(text, "r.csv"), {
    name: "InputError",
    detail: [
      "r.csv has 7 mistakes:",
      'line 2 has stars "good", which is not a number',
      "line 2, age: -1 is not an age in years, 0 to 150",
      "line 3 has 1 field, expected 3; the row is cut short, or uses another separator",
      "line 4 has no user, and no gender, age or occupation",
      "line 5, stars: 9 is outside 1 to 5",
      'line 5, user: "1" has given a rating already, in line 2',
      "line 6 has a quote that opens and is never closed; close it, or write a quote within quotes as two",
    ].join("\n"),
  });
});

test("of very many mistakes the first twenty are named, and the others counted", () => {
  const spec = { ...SPEC, maxRatings: 1000 };
  const text = `user,stars\n${Array.from({ length: 33 }, (_, i) => `${i},x\n`).join("")}`;
  assert.throws(
    () => parseRatingsWith(text, "r.csv", parse, spec),
    ({ detail }: { detail: string }) => {
      const lines = detail.split("\n");
      assert.equal(lines.length, 22);
      assert.equal(lines[0], "r.csv has 33 mistakes:");
      assert.match(lines[20]!, /^line 21 has stars "x"/);
      assert.equal(lines[21], "and 13 more");
      return true;
    },
  );
});

test("of far too many lines, none is looked at", () => {
  const refusal = (lines: number) =>
    attempt(() => parseRatingsWith(`user,stars\n${"x,9\n".repeat(lines)}`, "r.csv", parse, SPEC));
  assert.match(
    String(refusal(1000)),
    /: r\.csv: 1000 ratings given; at most 4 are accepted$/,
    "and not that none has valid stars",
  );
  assert.match(
    String(refusal(1_000_001)),
    /: r\.csv has more than 1000000 rows; keep the lines of one item$/,
  );
});
