/** Inputs without information: how they are found, and that their towers add nothing. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { describeLeftOut, type LeftOutInput } from "../../../pipeline/fit/columnsLeftOut.ts";
import type { EncodedMovie } from "../../../pipeline/fit/prepare.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { checkSomeLeft, inputsToLeaveOut } from "../../../pipeline/train/leftOut.ts";
import { trainTowers } from "../../../pipeline/train/trainTowers.ts";
import type { MovieFeatures } from "../../../predictor/movie.ts";
import { memoryStore, type Tiny, tiny } from "../tinyModel.ts";

before(() => startBackend("wasm"));

type Change = (movie: EncodedMovie, index: number) => Partial<MovieFeatures>;

/** The movies with other features. */
function changed({ movies }: Tiny, change: Change): EncodedMovie[] {
  return movies.map((movie, i) => ({
    ...movie,
    features: { ...movie.features, ...change(movie, i) },
  }));
}

const { title, year } = tiny(20).movies[0]!.features;
const untitled = { words: [], tokens: new Int32Array(title.tokens.length) };
const rated = (users: readonly number[], starsOf = (user: number) => 1 + (user % 5)) => ({
  ratings: {
    users: Int32Array.from(users, (user) => 2 + user),
    stars: Float32Array.from(users, starsOf),
  },
});
const many = Array.from({ length: 30 }, (_, user) => user);
const unrated = rated([]);

const features: [what: string, change: Change, expected: LeftOutInput[]][] = [
  ["nothing alike", () => ({}), []],
  [
    "equal titles",
    () => ({ title, year }),
    [{ input: "title", reason: "all 20 titles have the same words and year" }],
  ],
  ["equal words, but years", () => ({ title }), []],
  ["equal years, but words", () => ({ year }), []],
  ["two titles", (_, i) => (i === 7 ? {} : { title, year }), []],
  [
    "titles of signs only",
    () => ({ title: untitled, year: undefined }),
    [{ input: "title", reason: "no training movie has a title with a word or a year" }],
  ],
  [
    "a single title with words",
    (_, i) => (i === 3 ? {} : { title: untitled, year: undefined }),
    [{ input: "title", reason: "only one training movie has a title with a word or a year" }],
  ],
  [
    "equal titles where there are any",
    (_, i) => (i % 2 ? { title, year } : { title: untitled, year: undefined }),
    [{ input: "title", reason: "all 10 titles have the same words and year" }],
  ],
  ["no ratings", () => unrated, [{ input: "ratings", reason: "no training movie has ratings" }]],
  [
    "equal ratings in any order",
    (_, i) => rated(i % 2 ? many : many.toReversed()),
    [{ input: "ratings", reason: "all 20 rated movies have equal ratings" }],
  ],
  ["equal stars of other users", (_, i) => rated(i % 2 ? [0, 1] : [1, 2], () => 3), []],
  [
    "other stars of equal users",
    (_, i) => rated([0, 1, 2], (user) => (i === 9 && user === 2 ? 4 : 3)),
    [],
  ],
  ["more of the same ratings", (_, i) => (i === 19 ? rated([0, 0]) : rated([0])), []],
];
for (const [what, change, expected] of features) {
  test(`${what}: ${expected.length === 0 ? "nothing" : expected[0]!.input} is left out`, () => {
    const small = tiny(20);
    assert.deepEqual(inputsToLeaveOut(changed(small, change), small.source), expected);
  });
}

test("a model without any input is refused with the reasons of all", () => {
  const { inputs } = tiny(20).source;
  const leftOut = ["title", "poster", "ratings"].map((input) => ({
    input,
    reason: `no training movie has ${input}`,
  }));
  checkSomeLeft(leftOut.slice(1), inputs);
  assert.throws(
    () => checkSomeLeft(leftOut, inputs),
    /^InputError: inputs: have nothing .*: no training movie has title; no training movie has poster; no .* ratings\. Correct /,
  );
});

test("posters are left out if none differs from the others", () => {
  const { movies, source } = tiny(20);
  const { height, width } = source.posters.spec;
  const withPixels = (last: number, count = 20) => {
    const posters = new Map<string, Uint8Array>();
    const list = movies.map((movie, i) => {
      const posterPath = i < count ? `${i}.jpg` : undefined;
      const pixels = new Uint8Array(height * width * 3).fill(120);
      if (i === 19) pixels[pixels.length - 1] = last;
      if (posterPath) posters.set(posterPath, pixels);
      return { ...movie, images: posterPath ? { poster: posterPath } : {} };
    });
    const store = memoryStore({ height, width }, posters);
    return inputsToLeaveOut(list, { ...source, posters: store });
  };
  assert.deepEqual(withPixels(121), []);
  const reasonOf = ([leftOut]: LeftOutInput[]) => [leftOut?.input, leftOut?.reason];
  assert.deepEqual(reasonOf(withPixels(120)), ["poster", "all 20 posters are equal"]);
  assert.deepEqual(reasonOf(withPixels(120, 1)), [
    "poster",
    "only one training movie has a poster",
  ]);
  assert.deepEqual(reasonOf(withPixels(120, 0)), ["poster", "no training movie has a poster"]);
});

test("the warning names the input, the reason and what follows", () => {
  assert.equal(
    describeLeftOut({ input: "poster", reason: "all 3 posters are equal" }),
    "The poster input is left out: all 3 posters are equal, so nothing can be learned from it. The model answers as if it were missing.",
  );
});

for (const encoder of ["bag", "linear"]) {
  test(`the tower of an input that is left out is not trained, and the others are as ever (${encoder})`, async () => {
    const { config, parts, source, movies, target } = tiny(40, { title: { encoder } });
    const train = (leftOut: LeftOutInput[]) =>
      trainTowers({
        config,
        fitted: { training: movies.slice(0, 30), validation: movies.slice(30), target },
        parts,
        source,
        leftOut,
        heldOut: movies.slice(30),
        learnFrom: 10,
        random: createRandom(3),
      });
    const whole = await train([]);
    const without = await train([{ input: "title", reason: "a test" }]);
    const [title, ...others] = without.towers;
    assert.deepEqual(title, { tower: "title", history: [], bestEpoch: 0, leftOut: "a test" });
    assert.ok(others.every(({ bestEpoch, leftOut }) => bestEpoch > 0 && leftOut === undefined));
    for (const part of ["heldOut", "fewer"] as const) {
      const [first, ...rest] = without[part].logits;
      assert.ok(first!.every((logit) => logit === 0));
      assert.deepEqual(rest, whole[part].logits.slice(1));
      assert.deepEqual(
        without[part].presence,
        whole[part].presence.map((has, i) => (i % 3 === 0 ? 0 : has)),
      );
      assert.ok(whole[part].presence.some((has, i) => i % 3 === 0 && has === 1));
    }
    for (const [name, values] of whole.weights) {
      if (/^(poster|ratings)_/.test(name)) assert.deepEqual(without.weights.get(name), values);
    }
  });
}
