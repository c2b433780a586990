import assert from "node:assert/strict";
import { test } from "node:test";
import { fitTermWeights } from "../../../pipeline/fit/termWeights.ts";

const spec = {
  maxWords: 2,
  piecesPerWord: 2,
  vocabulary: ["war", "peace"],
  vectorWords: ["vector"],
  ngrams: { min: 3, max: 3, buckets: 3 },
};
/** Padding, unknown; words 2 and 3; buckets 4 to 6; 7 has only a vector. */
const movies = [
  [2, 4, 3, 5],
  [2, 4, 2, 4],
  [1, 5, 7, 0],
].map((tokens) => ({
  features: { title: { tokens: Int32Array.from(tokens) } },
})) as unknown as Parameters<typeof fitTermWeights>[0];
/** Weight of a token that occurs in so many of the three titles. */
const idf = (titles: number) => Math.log(4 / (1 + titles)) + 1;

function assertWeights(actual: Float32Array, expected: readonly number[]): void {
  assert.deepEqual(actual, Float32Array.from(expected));
}

test("a token weighs by how few titles have it; padding, unknown words and vectors nothing", () => {
  const expected = [0, 0, idf(2), idf(1), idf(2), idf(2), idf(0), 0];
  assertWeights(fitTermWeights(movies, ["title"], spec), expected);
});

test("words count as often as said beside n-grams", () => {
  const expected = [0, 0, 3 * idf(2), 3 * idf(1), idf(2), idf(2), idf(0), 0];
  assertWeights(fitTermWeights(movies, ["title"], spec, 3), expected);
});
