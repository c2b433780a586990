/** The self-test of a provider: which answers it accepts, and which movies it asks for. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Movie } from "../../../predictor/movie.ts";
import { createMovieEncoder } from "../../../predictor/movieEncoder.ts";
import type { Prediction, Predictor } from "../../../predictor/predictor.ts";
import { PROVIDER_TOLERANCE } from "../../../predictor/providerTolerance.ts";
import { compare, measure } from "../../../web/worker/selfTest.ts";
import { sampleInputs, sampleTarget } from "../../predictor/sampleManifest.ts";

const inputs = sampleInputs();

/** Answers every movie of a batch in its own way, `error` off. */
function predictor(error: (movie: number) => number): Predictor {
  return {
    async predict(movies) {
      return movies.map(
        (_, i): Prediction => ({
          scores: ["Drama", "War"].map((label, l) => ({
            label,
            probability: 0.2 + 0.1 * i + 0.05 * l + error(i),
            selected: false,
          })),
          groups: ["title"],
          inputWeights: { title: 1, poster: 1, ratings: 1 },
          attention: {},
        }),
      );
    },
    inputs,
    target: sampleTarget(["Drama", "War"]),
    encode: () => assert.fail("not asked for"),
    predictEncoded: () => assert.fail("not asked for"),
    outputs: () => assert.fail("not asked for"),
  };
}

const right = predictor(() => 0);

test("rounding is accepted, and the largest difference returned", async () => {
  const rounded = predictor((movie) => (movie === 2 ? PROVIDER_TOLERANCE / 2 : 0));
  const largest = await compare(rounded, right, inputs);
  assert.ok(Math.abs(largest - PROVIDER_TOLERANCE / 2) < 1e-9);
});

for (const [name, error] of [
  ["one movie of the batch answered wrongly", (movie: number) => (movie === 3 ? 0.1 : 0)],
  ["a difference just beyond the tolerance", () => -1.01 * PROVIDER_TOLERANCE],
  ["an answer that is not a number", () => Number.NaN],
] as const) {
  test(`${name} is refused`, async () => {
    await assert.rejects(compare(predictor(error), right, inputs), /differ from WebAssembly's/);
  });
}

test("the movies are ones that the bundle takes: its own stars and demographics, each input alone", async () => {
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
    predict(movies) {
      asked.push(...movies);
      return right.predict(movies);
    },
  };
  assert.equal(await compare(noting, right, spec), 0);
  assert.deepEqual(
    asked.map((movie) => Object.keys(movie)),
    [["title", "poster", "ratings"], ["title"], ["poster"], ["ratings"]],
  );
  for (const movie of asked) createMovieEncoder(spec).encode(movie);
  assert.deepEqual(asked[3]!.ratings, [
    { stars: 9, gender: "female", age: 20, occupation: 7 },
    { stars: 7, age: 60 },
  ]);
});

test("speed is measured with every input at once", async () => {
  let largest = 0;
  const noting: Predictor = {
    ...right,
    predict(movies) {
      assert.equal(movies.length, 1);
      largest = Math.max(largest, Object.keys(movies[0]!).length);
      return right.predict(movies);
    },
  };
  assert.ok((await measure(noting, inputs)) >= 0);
  assert.equal(largest, 3);
});
