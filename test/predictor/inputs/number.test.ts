/** Numbers: their range, where a text may have one, and the flag where 0 is one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type NumberSpec, number } from "../../../predictor/inputs/number.ts";

const RATIO: NumberSpec = { type: "number", min: -0.5, max: 2, whole: false };
const PAGES: NumberSpec = {
  type: "number",
  min: 10,
  max: 999,
  whole: true,
  from: { input: "blurb", pattern: "([\\d.-]+) pages" },
};

test("numbers within the range are themselves; others are refused by the input's name", () => {
  const ratio = number.encoder("ratio", RATIO);
  for (const value of [-0.5, 0, 0.25, 2]) assert.equal(ratio({ ratio: value }), value);
  for (const value of [-0.6, 2.1, Number.NaN]) {
    assert.throws(() => ratio({ ratio: value }), {
      name: "InputError",
      message: `ratio: ${value} is not a number from -0.5 to 2`,
    });
  }
  const pages = number.encoder("pages", PAGES);
  for (const value of [10, 999]) assert.equal(pages({ pages: value }), value);
  for (const value of [9, 1000, 10.5, "9"]) {
    assert.throws(() => pages({ pages: value }), {
      message: `pages: ${value} is not a whole number from 10 to 999`,
    });
  }
});

test("text for a number with a pattern is read as training reads it; a number is itself", () => {
  const spec: NumberSpec = { type: "number", whole: true, pattern: "(\\d+)$", missing: ["N/A 1"] };
  const year = number.encoder("year", spec);
  assert.equal(year({ year: "Jun 12 1998" }), 1998);
  for (const none of ["1998?", "N/A 1", ""]) assert.equal(year({ year: none }), undefined, none);
  assert.equal(year({ year: -7 }), -7);
  assert.throws(() => year({ year: 1.5 }), { message: "year: 1.5 is not a whole number" });
  assert.match(number.spec.safeParse({ ...spec, pattern: "(a*)*" }).error!.message, /quantifier/);
});

test("text is read with a decimal comma where the data has one; a number is itself", () => {
  const price: NumberSpec = { type: "number", whole: false, decimal: "," };
  const read = number.encoder("price", price);
  const given = ["1.234,5", "1.234", "-0,5", " 1 234 567 ", 1.234];
  const expected = [1234.5, 1234, -0.5, 1234567, 1.234];
  assert.deepEqual(
    given.map((value) => read({ price: value })),
    expected,
  );
  assert.throws(() => read({ price: "1234.5" }), {
    message: 'price: "1234.5" is not a number with a decimal comma',
  });
  const found = number.encoder("price", { ...price, pattern: "([\\d.,]+) EUR" });
  assert.equal(found({ price: "now 1.234,5 EUR" }), 1234.5);
  assert.ok(number.spec.safeParse(price).success);
  assert.ok(!number.spec.safeParse({ ...price, decimal: ";" }).success);
});

test("a number that is not given is found in its text, by the pattern's first group", () => {
  const pages = number.encoder("pages", PAGES);
  assert.equal(pages({ blurb: "with 120 pages, of 300 pages" }), 120);
  assert.equal(pages({ blurb: "with 120 pages", pages: 50 }), 50, "the given one counts");
  assert.equal(pages({ blurb: "12 sheets" }), undefined);
  assert.equal(pages({ text: "120 pages" }), undefined, "another text");
  assert.equal(pages({}), undefined);
  // A wrong one that is given is not made good by the text.
  assert.throws(() => pages({ blurb: "with 120 pages", pages: 5 }), { field: "pages" });
});

test("a number in a text that is not accepted is none, and refuses nothing", () => {
  const pages = number.encoder("pages", PAGES);
  for (const found of ["9", "1000", "10.5", "-20", "1.2.3", "-", "."]) {
    assert.equal(pages({ blurb: `${found} pages` }), undefined, found);
  }
  for (const blurb of [12, null, []]) assert.equal(pages({ blurb }), undefined);
  // A group that takes no part in the match, or an empty one, is no 0.
  const from = (pattern: string) =>
    number.encoder("ratio", { ...RATIO, from: { input: "blurb", pattern } })({ blurb: "none" });
  assert.equal(from("none(\\d+)?"), undefined);
  assert.equal(from("none(\\d*)"), undefined);
  assert.equal(
    number.encoder("ratio", { ...RATIO, from: { input: "blurb", pattern: "(\\s+)" } })({
      blurb: "a b",
    }),
    undefined,
  );
  assert.equal(from("none"), undefined);
});

test("a pattern reads letters of all scripts whole", () => {
  const spec = { ...PAGES, from: { input: "blurb", pattern: "^.(\\d+)\\p{L}+$" } };
  assert.equal(number.encoder("pages", spec)({ blurb: "𝒜40ページ" }), 40);
});

test("a pattern on which RegExp would never end answers at once, on the longest text there is", () => {
  const spec = { ...PAGES, from: { input: "blurb", pattern: "((?:\\d+)+) pages$" } };
  const find = number.encoder("pages", spec);
  assert.equal(find({ blurb: `${"1".repeat(100_000)}!` }), undefined);
  assert.equal(find({ blurb: `${"1 ".repeat(50_000)}20 pages` }), 20);
});

test("without `from`, texts are not searched", () => {
  const { from: _, ...spec } = PAGES;
  assert.equal(number.encoder("pages", spec)({ blurb: "120 pages" }), undefined);
});

test("0 is a number that is there", () => {
  assert.ok(number.isPresent(0));
  assert.ok(!number.isPresent(number.absent()));
});

test("where 0 is possible, a flag says whether it is one", () => {
  for (const [min, max] of [
    [-0.5, 2],
    [0, 9],
    [-9, 0],
    [0, 0],
  ] as const) {
    const spec = { ...RATIO, min, max };
    assert.deepEqual(number.tensorNames("ratio", spec), ["ratio", "has_ratio"]);
    assert.deepEqual(number.collate("ratio", spec, [0, undefined, max]), {
      ratio: { type: "float32", dims: [3, 1], data: Float32Array.of(0, 0, max) },
      has_ratio: { type: "float32", dims: [3, 1], data: Float32Array.of(1, 0, 1) },
    });
  }
});

test("where 0 is not possible, it says that there is no number", () => {
  for (const [min, max] of [
    [1, 9],
    [0.1, 0.5],
    [-9, -1],
  ] as const) {
    const spec = { ...RATIO, min, max };
    assert.deepEqual(number.tensorNames("ratio", spec), ["ratio"]);
    assert.deepEqual(number.collate("ratio", spec, [undefined, max]), {
      ratio: { type: "float32", dims: [2, 1], data: Float32Array.of(0, max) },
    });
  }
});

test("the graph gets the number less its center, by its scale, in double", () => {
  const spec = { ...RATIO, min: 16_777_217, max: 16_777_221, center: 16_777_217, scale: 2 };
  const { ratio, has_ratio } = number.collate("ratio", spec, [16_777_219, 16_777_217, undefined]);
  assert.deepEqual([...ratio!.data], [1, 0, 0]);
  assert.deepEqual([...has_ratio!.data], [1, 1, 0]);
});

test("the flag follows from what the graph gets, not from the number itself", () => {
  const names = (change: object) => number.tensorNames("x", { ...RATIO, ...change }).length;
  assert.equal(names({ min: 1, max: 9, center: 5 }), 2);
  assert.equal(names({ min: -1, max: 1, center: 5 }), 1);
  assert.equal(names({ min: 5, max: 9, center: 5 }), 2);
  assert.equal(names({ min: 1, max: undefined }), 1);
  assert.equal(names({ min: undefined, max: 9 }), 2);
  assert.equal(names({ min: undefined, max: -1 }), 1);
  assert.equal(names({ min: undefined, max: undefined, center: 5 }), 2);
  // So small that float32 has 0 for it.
  assert.equal(names({ min: 1e-60, max: 9 }), 2);
});

test("without bounds any number is accepted that float32 holds, before and after scaling", () => {
  const spec = { type: "number", whole: false } as const;
  const ratio = number.encoder("ratio", spec);
  for (const value of [-3e38, 0, 3e38]) assert.equal(ratio({ ratio: value }), value);
  for (const value of [4e38, -1e300]) {
    assert.throws(() => ratio({ ratio: value }), { message: `ratio: ${value} is too large` });
  }
  assert.throws(() => ratio({ ratio: Number.POSITIVE_INFINITY }), {
    message: "ratio: Infinity is not a number",
  });
  const scaled = number.encoder("ratio", { ...spec, scale: 1e-3 });
  assert.throws(() => scaled({ ratio: 3e38 }), { message: "ratio: 3e+38 is too large" });
  const above = number.encoder("ratio", { ...spec, whole: true, min: 0 });
  assert.throws(() => above({ ratio: -1 }), {
    message: "ratio: -1 is not a whole number of at least 0",
  });
  const below = number.encoder("ratio", { ...spec, max: 0 });
  assert.throws(() => below({ ratio: 1 }), { message: "ratio: 1 is not a number of at most 0" });
});

test("the text that a number is found in has to be one", () => {
  const inputs = { blurb: { type: "text" }, cover: { type: "image" }, pages: { type: "number" } };
  assert.deepEqual(number.misfits(PAGES, inputs), []);
  assert.deepEqual(number.misfits(RATIO, {}), []);
  for (const input of ["cover", "pages", "gone"]) {
    assert.deepEqual(number.misfits({ ...PAGES, from: { input, pattern: "(.)" } }, inputs), [
      { path: ["from", "input"], message: `must name a text, got "${input}"` },
    ]);
  }
});

test("the schema refuses empty ranges and patterns that cannot be read, in a sentence", () => {
  const refusal = (change: object) =>
    number.spec.safeParse({ ...PAGES, ...change }).error?.issues.map(({ path, message }) => ({
      path,
      message,
    }));
  assert.deepEqual(refusal({ min: 1000 }), [
    { path: ["min"], message: "must not be more than max" },
  ]);
  assert.equal(refusal({ min: 999 }), undefined);
  assert.deepEqual(refusal({ from: { input: "blurb", pattern: "(" } }), [
    { path: ["from", "pattern"], message: "is not a regular expression" },
  ]);
  assert.deepEqual(refusal({ from: { input: "blurb", pattern: "(\\d+)\\1" } }), [
    { path: ["from", "pattern"], message: "has a backreference" },
  ]);
  assert.equal(refusal({ min: undefined }), undefined);
  assert.equal(refusal({ center: -1, scale: 0.5 }), undefined);
  assert.ok(refusal({ scale: 0 }));
  assert.ok(refusal({ max: "9" }));
  assert.ok(refusal({ from: { input: "blurb" } }));
});
