/** One movie -> features. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createMovieEncoder } from "../../predictor/movieEncoder.ts";
import { sampleInputs } from "./sampleManifest.ts";

const { encode } = createMovieEncoder(sampleInputs());

test("of a movie of which nothing is known, there are no features", () => {
  assert.deepEqual(encode({}), {
    title: { words: [], tokens: new Int32Array(6) },
    year: undefined,
    poster: undefined,
    ratings: { users: new Int32Array(0), stars: new Float32Array(0) },
  });
});

test("a given year wins over the title's, and the title's stands in for it", () => {
  assert.equal(encode({ title: "Net, The (1995)" }).year, 1995);
  assert.equal(encode({ title: "Net, The (1995)", year: 1996 }).year, 1996);
  assert.equal(encode({ year: 2020 }).year, 2020);
  assert.equal(encode({ title: "Net, The" }).year, undefined);
  assert.throws(() => encode({ year: 12 }), {
    name: "InputError",
    message: "year: 12 is not a whole number from 1888 to 2100",
  });
});

test("a year in the title is the one that its words leave out, and no other", () => {
  for (const [title, words, year] of [
    ["Net (1995)  ", ["net"], 1995],
    ["(1984)", [], 1984],
    ["Net (1887)", ["net", "1887"], undefined],
    ["Net (2101)", ["net", "2101"], undefined],
    ["Net 1995", ["net", "1995"], undefined],
    ["(1995) Net", ["net", "1995"], undefined],
    ["Net (19950)", ["net", "19950"], undefined],
  ] as const) {
    const features = encode({ title });
    assert.deepEqual([features.title.words, features.year], [words, year], title);
  }
});

test("the title's words are those that have places, in reading order", () => {
  assert.deepEqual(encode({ title: "Net Two, The (1995)" }).title.words, ["the", "net"]);
});
