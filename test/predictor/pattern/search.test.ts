/** The linear search finds what RegExp finds, and takes no longer for patterns on which RegExp would never end. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { YEAR } from "../../../predictor/movie.ts";
import { createSearch, patternIssue } from "../../../predictor/pattern/search.ts";

const byRegExp = (pattern: string, text: string) => new RegExp(pattern, "u").exec(text)?.[1];

test("the year of a title, and numbers of descriptions, as RegExp finds them", () => {
  const patterns = [
    YEAR.from!.pattern,
    "([\\d.-]+) pages",
    "^.(\\d+)\\p{L}+$",
    "(?<amount>\\d+(?:\\.\\d{1,2})?) ?(?:€|EUR)",
    "\\b(\\d{1,3}(?:,\\d{3})*)\\b",
    "size[: ]+(\\w+?)x(\\d+)",
    "(\\u{1F600}|\\ud83d\\ude01|[\\u{1F601}-\\u{1F602}])\\B",
    "x|(y)|",
    "(?:(a)|[bc])+",
    "(?:(a)|[bc]){3}",
  ];
  const texts = [
    "Net, The (1995)",
    "Net (1995) (1996)  ",
    "1234 pages of -1.5 pages",
    "𝒜40ページ",
    "it costs 12.505 EUR, or 3€",
    "1,234,567 or 12,34",
    "size: abcx12x13",
    "😁😀a",
    "",
    "zy\nx",
    "abcba",
  ];
  for (const pattern of patterns) {
    const search = createSearch(pattern);
    for (const text of texts) {
      assert.equal(search(text), byRegExp(pattern, text), `${pattern} in ${text}`);
    }
  }
});

const atom = fc.constantFrom(
  "a",
  "b",
  ".",
  "[ab]",
  "[^a]",
  "\\w",
  "\\u{62}",
  "^",
  "$",
  "\\b",
  "\\B",
);
const quantifier = fc.constantFrom(
  "",
  "",
  "*",
  "+",
  "?",
  "*?",
  "+?",
  "??",
  "{2}",
  "{1,}",
  "{0,2}?",
  "{1,3}",
);
const { pattern: anyPattern } = fc.letrec<{ pattern: string; term: string }>((tie) => ({
  pattern: fc
    .array(fc.array(tie("term"), { maxLength: 3 }), { minLength: 1, maxLength: 3 })
    .map((choices) => choices.map((terms) => terms.join("")).join("|")),
  term: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc
      .tuple(atom, quantifier)
      .map(([one, many]) => (/^(?:\^|\$|\\[bB])$/.test(one) ? one : one + many)),
    fc
      .tuple(fc.constantFrom("(", "(", "(?:", "(?<n>"), tie("pattern"), quantifier)
      .map(([open, inner, many]) => `${open}${inner})${many}`),
  ),
}));

test("random patterns find what RegExp finds in random texts", () => {
  let accepted = 0;
  fc.assert(
    fc.property(
      anyPattern,
      fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c", "\n", "𝒜"), maxLength: 9 }), {
        minLength: 4,
        maxLength: 4,
      }),
      (pattern, texts) => {
        const issue = patternIssue(pattern);
        if (issue !== undefined) {
          assert.match(
            issue,
            /^(?:is not a regular expression|has a quantifier after something that may be empty|is too long)/,
          );
          return;
        }
        accepted++;
        const search = createSearch(pattern);
        for (const text of texts) {
          // V8 finds a boundary inside the two halves of a character, against the standard.
          if (pattern.includes("\\B") && text.includes("𝒜")) continue;
          assert.equal(search(text), byRegExp(pattern, text));
        }
      },
    ),
    { numRuns: 8000, seed: 14 },
  );
  assert.ok(accepted > 2000, `${accepted} patterns were compared`);
});

test("patterns that make RegExp backtrack without end are searched to the end of a long text", () => {
  const long = "a".repeat(100_000);
  for (const pattern of [
    "(a+)+$",
    "((?:a|a)+)b",
    "(a|ab?a?)+c",
    "(a+a+a+)b",
    "(\\w+)\\s*=",
    "(.*.*.*)=x",
  ]) {
    assert.equal(createSearch(pattern)(`${long}!`), undefined, pattern);
  }
  assert.equal(createSearch("(a+)+$")(long), long);
});

test("what cannot be searched in linear time is refused in words", () => {
  for (const [pattern, issue] of [
    ["(", "is not a regular expression"],
    ["(a)\\1", "has a backreference"],
    ["(?<x>a)\\k<x>", "has a backreference"],
    ["(\\d+)(?= pages)", "looks ahead or behind"],
    ["(\\d+)(?! pages)", "looks ahead or behind"],
    ["(?<=€)(\\d+)", "looks ahead or behind"],
    ["(?<!€)(\\d+)", "looks ahead or behind"],
    ["(a*)*", "has a quantifier after something that may be empty"],
    ["(?:a?|b)+(c)", "has a quantifier after something that may be empty"],
    ["(?:^)*(c)", "has a quantifier after something that may be empty"],
    ["(\\d{300})", "is too long, or repeats too much"],
    ["((?:a{100}){100})", "is too long, or repeats too much"],
  ] as const) {
    assert.equal(patternIssue(pattern), issue, pattern);
  }
  for (const pattern of [YEAR.from!.pattern, "(a?)", "[(?=](a)", "\\(\\?=(a)", "[\\]a](b)"]) {
    assert.equal(patternIssue(pattern), undefined, pattern);
  }
});
