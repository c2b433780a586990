/** What a provider must not get away with. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Prediction, Predictor } from "../../../predictor/predictor.ts";
import { compare, TOLERANCE } from "../../../web/worker/selfTest.ts";

const SPEC = { height: 3, width: 2 };

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
          inputWeights: { title: 1, poster: 1, ratings: 1 },
          titleAttention: [],
        }),
      );
    },
    probabilities: () => assert.fail("not asked for"),
  };
}

const right = predictor(() => 0);

test("rounding is let through, and told", async () => {
  const rounded = predictor((movie) => (movie === 2 ? TOLERANCE / 2 : 0));
  const most = await compare(rounded, right, SPEC);
  assert.ok(Math.abs(most - TOLERANCE / 2) < 1e-9);
});

for (const [name, error] of [
  ["one movie of the batch answered wrongly", (movie: number) => (movie === 3 ? 0.1 : 0)],
  ["no number", () => Number.NaN],
] as const) {
  test(`${name}: not believed`, async () => {
    await assert.rejects(compare(predictor(error), right, SPEC), /differ from WebAssembly's by/);
  });
}
