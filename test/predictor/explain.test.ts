/** With and without each input, around a `run` written by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { explainMovie, presentInputs } from "../../predictor/explain.ts";
import { createPredictor, type Prediction } from "../../predictor/predictor.ts";
import type { RunGraph } from "../../predictor/tensor.ts";
import { sampleManifest } from "./sampleManifest.ts";

const batches: number[] = [];

/** Title, poster and ratings each raise one genre. */
const run: RunGraph = async ({ year, has_poster, rating_stars }) => {
  const n = year!.dims[0]!;
  batches.push(n);
  const r = rating_stars!.dims[1]!;
  const floats = (width: number, data: number[]) => ({
    type: "float32" as const,
    dims: [n, width],
    data: Float32Array.from(data),
  });
  const rows = [...Array(n).keys()];
  const probabilities = rows.flatMap((i) => [
    year!.data[i]! > 0 ? 0.75 : 0.25,
    has_poster!.data[i]! > 0 ? 0.75 : 0.25,
    rating_stars!.data[i * r]! > 0 ? 0.75 : 0.25,
  ]);
  return {
    probabilities: floats(3, probabilities),
    title_attention: floats(
      2,
      rows.flatMap(() => [0, 0]),
    ),
    modality_weights: floats(
      3,
      rows.flatMap(() => [0, 0, 0]),
    ),
  };
};

const predictor = createPredictor(sampleManifest(), run);
const poster = { data: new Uint8Array(18), width: 2, height: 3, channels: 3 } as const;
const ratings = [{ user: "7", stars: 4 }];
const raised = (prediction: Prediction | undefined) =>
  prediction?.scores.flatMap(({ label, probability }) => (probability > 0.5 ? label : []));

test("each input is left out and given alone, in one batch beside the answer itself", async () => {
  batches.length = 0;
  const { prediction, inputs } = await explainMovie(predictor, {
    title: "Net, The (1995)",
    poster,
    ratings,
  });
  assert.deepEqual(batches, [1, 6]);
  assert.deepEqual(raised(prediction), ["Action", "Comedy", "Drama"]);
  assert.deepEqual(raised(inputs.title?.without), ["Comedy", "Drama"]);
  assert.deepEqual(raised(inputs.title?.alone), ["Action"]);
  assert.deepEqual(raised(inputs.poster?.without), ["Action", "Drama"]);
  assert.deepEqual(raised(inputs.ratings?.alone), ["Drama"]);
});

test("without its only input a movie is one of which nothing is known", async () => {
  batches.length = 0;
  const { prediction, inputs } = await explainMovie(predictor, { ratings });
  assert.deepEqual(batches, [1, 1]);
  assert.deepEqual(Object.keys(inputs), ["ratings"]);
  assert.equal(inputs.ratings!.alone, prediction);
  assert.deepEqual(raised(inputs.ratings!.without), []);
});

test("a year is part of the title; empty ratings are none", () => {
  assert.deepEqual(presentInputs({ year: 1995, ratings: [] }), ["title"]);
  assert.deepEqual(presentInputs({ title: "(1995)" }), ["title"]);
  assert.deepEqual(presentInputs({ title: " " }), []);
});

test("an issue is named as the movie's own field", async () => {
  await assert.rejects(
    explainMovie(predictor, { title: "A", ratings: [{ user: "7", stars: 9 }] }),
    {
      name: "InputError",
      field: "ratings[0].stars",
    },
  );
});
