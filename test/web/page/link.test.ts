/** Links: what one carries comes back as it was, by the codes of every type of input. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { InputSpec } from "../../../predictor/inputs/types.ts";
import type { Rating } from "../../../predictor/preprocess/ratings.ts";
import { pageType } from "../../../web/page/inputs/types.ts";
import { fromFragment, type LinkCodes, linkTo, toFragment } from "../../../web/page/link.ts";

const TYPES = {
  title: "text",
  year: "number",
  poster: "image",
  ratings: "ratings",
  tags: "category",
  brand: "category",
  signal: "sequence",
} as const;
const CODES: LinkCodes = new Map(
  Object.entries(TYPES).map(([name, type]) => [name, pageType({ type } as InputSpec).link]),
);
const PAGE = "https://marquee.test/page/";

const text = fc.string({ unit: "grapheme", minLength: 1 }).filter((value) => value.trim() !== "");
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0); // never -0
const rating = fc
  .record(
    {
      stars: fc.double({ min: 0, max: 10, noNaN: true }).map((stars) => stars + 0),
      gender: text,
      age: fc.nat(150),
      occupation: fc.nat(20),
      user: text,
    },
    { requiredKeys: ["stars"] },
  )
  .map((value) => ({ ...value }) as Rating);
const list = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 1 });

test("what a link carries comes back as it was", () => {
  fc.assert(
    fc.property(
      fc.record(
        {
          title: text,
          // What a form's field is filled with.
          year: fc.nat(9999).map(String),
          ratings: list(rating),
          tags: list(text),
          brand: text,
          signal: list(fc.tuple(number, number)),
        },
        { requiredKeys: [], noNullPrototype: true },
      ),
      (item) => {
        const fragment = toFragment(item, CODES);
        // Nothing in it that a mail program would end a link at.
        assert.match(fragment, /^[\w%&=+.*~-]*$/);
        const expected = { ...item, ...(item.brand ? { brand: [item.brand] } : {}) };
        const known = Object.keys(item).length > 0 ? expected : undefined;
        assert.deepEqual(fromFragment(`#${fragment}`, CODES), known);
        assert.equal(linkTo(item, CODES, PAGE).url.length > 0, true);
      },
    ),
  );
});

test("a movie's link has the form that it always had", () => {
  const movie = {
    title: "Heat",
    year: 1995,
    ratings: [
      { stars: 5, gender: "F", age: 25, occupation: 4 },
      { stars: 3, gender: "M" },
    ],
  };
  assert.equal(toFragment(movie, CODES), "title=Heat&year=1995&ratings=5%7EF%7E25%7E4_3%7EM");
  assert.deepEqual(fromFragment("#title=Heat&year=1995&ratings=5~F~25~4_3~M", CODES), {
    ...movie,
    year: "1995",
  });
});

test("what is too long for a link is left out and named, and so are files", () => {
  const signal = Array.from({ length: 3000 }, (_, i) => [i, i]);
  const { url, tooLong, left } = linkTo({ title: "Heat", poster: true, signal }, CODES, PAGE);
  assert.equal(url, `${PAGE}#title=Heat`);
  assert.deepEqual([tooLong, left], [["signal"], ["poster"]]);
});

test("a fragment that is not a link to an item gives no item", () => {
  for (const fragment of ["", "#answer", "#title", "#other=1", "#poster=1"]) {
    assert.equal(fromFragment(fragment, CODES), undefined, fragment);
  }
  assert.equal(toFragment({}, CODES), "");
  assert.deepEqual(fromFragment("#title=", CODES), {});
});

for (const bad of [
  "ratings=five",
  "ratings=5_x",
  "ratings=5~M~old",
  "ratings=1~2~3~4~5~6",
  "ratings=5~%25",
  "tags=%25",
  "signal=1_%25",
]) {
  test(`${bad} is refused`, () => {
    const [field] = bad.split("=");
    assert.throws(() => fromFragment(bad, CODES), { name: "InputError", field });
  });
}
