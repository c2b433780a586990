/** The self-test of a provider: which answers it accepts, and which items it asks for. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Movie } from "../../../predictor/movie.ts";
import { createMovieEncoder } from "../../../predictor/movieEncoder.ts";
import type { Predictor } from "../../../predictor/predictor.ts";
import { PROVIDER_TOLERANCE } from "../../../predictor/providerTolerance.ts";
import type { TargetSpec } from "../../../predictor/targets/types.ts";
import { compare, measure } from "../../../web/worker/selfTest.ts";
import { sampleInputs, sampleTarget } from "../../predictor/sampleManifest.ts";

const inputs = sampleInputs();
const LABELS: TargetSpec = sampleTarget(["Drama", "War"]);

/** Answers every item of a batch in its own way, `error` off; its features are the items themselves. */
function predictor(error: (item: number) => number, target = LABELS): Predictor {
  return {
    encode: (item) => item,
    outputs: async (items) =>
      Float32Array.from(items.flatMap((_, i) => [0.2 + 0.1 * i + error(i), 0.25 + error(i)])),
    inputs,
    target,
    predict: () => assert.fail("not asked for"),
    predictEncoded: () => assert.fail("not asked for"),
  };
}

const right = predictor(() => 0);

test("rounding is accepted, and the largest difference returned", async () => {
  const rounded = predictor((item) => (item === 2 ? PROVIDER_TOLERANCE / 2 : 0));
  const largest = await compare(rounded, right);
  assert.ok(Math.abs(largest - PROVIDER_TOLERANCE / 2) < 1e-7);
});

for (const [name, error] of [
  ["one item of the batch answered wrongly", (item: number) => (item === 3 ? 0.1 : 0)],
  ["a difference just beyond the tolerance", () => -1.01 * PROVIDER_TOLERANCE],
  ["an answer that is not a number", () => Number.NaN],
] as const) {
  test(`${name} is refused`, async () => {
    await assert.rejects(compare(predictor(error), right), /differ from WebAssembly's/);
  });
}

test("a number may differ by a share of its range", async () => {
  const stars: TargetSpec = { type: "number", name: "stars", min: 0, max: 10 };
  const off = (error: number) => predictor(() => error, stars);
  assert.ok((await compare(off(5 * PROVIDER_TOLERANCE), off(0))) < PROVIDER_TOLERANCE);
  await assert.rejects(compare(off(11 * PROVIDER_TOLERANCE), off(0)), /differ from/);
});

test("the items are ones that the bundle takes: all inputs, then each group alone", async () => {
  const spec = {
    ...inputs,
    ratings: {
      ...inputs.ratings,
      groups: { genders: ["female", "male"], ages: [20, 60], occupations: [7] },
      stars: { min: 7, max: 9 },
    },
  };
  const asked: Movie[] = [];
  const noting: Predictor = {
    ...right,
    inputs: spec,
    encode(item) {
      asked.push(item);
      return item;
    },
  };
  assert.equal(await compare(right, noting), 0);
  assert.deepEqual(
    asked.map((movie) => Object.keys(movie)),
    [["title", "poster", "ratings"], ["title"], ["poster"], ["ratings"]],
  );
  const encoder = createMovieEncoder(spec);
  for (const movie of asked) encoder.encode(movie);
  assert.equal(encoder.encode(asked[1]!).year, 1987, "found in the title");
  assert.deepEqual(asked[3]!.ratings, [
    { stars: 9, gender: "female", age: 20, occupation: 7 },
    { stars: 7, age: 60 },
  ]);
});

test("speed is measured with every input at once", async () => {
  let largest = 0;
  const noting: Predictor = {
    ...right,
    async predict(items) {
      assert.equal(items.length, 1);
      largest = Math.max(largest, Object.keys(items[0]!).length);
      return [];
    },
  };
  assert.ok((await measure(noting, inputs)) >= 0);
  assert.equal(largest, 3);
});
