/** With and without each group of inputs, around a `run` written by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { explainItem } from "../../predictor/explain.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { createPredictor, type Prediction } from "../../predictor/predictor.ts";
import type { RunGraph, Tensor } from "../../predictor/tensor.ts";
import { sampleInputs, sampleManifest, sampleTarget } from "./sampleManifest.ts";

const batches: number[] = [];

const floats = (
  n: number,
  width: number,
  value: (row: number, column: number) => number,
): Tensor => ({
  type: "float32",
  dims: [n, width],
  data: Float32Array.from({ length: n * width }, (_, i) => value(Math.floor(i / width), i % width)),
});

/** Title, poster and ratings each raise one genre. */
const run: RunGraph = async ({ year, has_poster, rating_stars }) => {
  const n = year!.dims[0]!;
  batches.push(n);
  const r = rating_stars!.dims[1]!;
  const raises = (i: number) => [year!.data[i]!, has_poster!.data[i]!, rating_stars!.data[i * r]!];
  return {
    probabilities: floats(n, 3, (i, genre) => (raises(i)[genre]! > 0 ? 0.75 : 0.25)),
    title_attention: floats(n, 2, () => 0),
    modality_weights: floats(n, 3, () => 0),
  };
};

const predictor = createPredictor(sampleManifest(), run);
const poster = { data: new Uint8Array(18), width: 2, height: 3, channels: 3 } as const;
const ratings = [{ user: "7", stars: 4 }];
const raised = (prediction: Prediction | undefined) =>
  prediction?.scores.flatMap(({ label, probability }) => (probability > 0.5 ? label : []));

test("each input is left out and given alone, in one batch with the answer itself", async () => {
  batches.length = 0;
  const { prediction, inputs } = await explainItem(predictor, {
    title: "Net, The (1995)",
    poster,
    ratings,
  });
  assert.deepEqual(batches, [7]);
  assert.deepEqual(raised(prediction), ["Action", "Comedy", "Drama"]);
  assert.deepEqual(Object.keys(inputs), ["title", "poster", "ratings"]);
  assert.deepEqual(raised(inputs.title?.without), ["Comedy", "Drama"]);
  assert.deepEqual(raised(inputs.title?.alone), ["Action"]);
  assert.deepEqual(raised(inputs.poster?.without), ["Action", "Drama"]);
  assert.deepEqual(raised(inputs.poster?.alone), ["Comedy"]);
  assert.deepEqual(raised(inputs.ratings?.without), ["Action", "Comedy"]);
  assert.deepEqual(raised(inputs.ratings?.alone), ["Drama"]);
});

test("of two inputs, each alone is the item without the other, and is asked for once", async () => {
  batches.length = 0;
  const { prediction, inputs } = await explainItem(predictor, { year: 1995, ratings });
  assert.deepEqual(batches, [3]);
  assert.deepEqual(raised(prediction), ["Action", "Drama"]);
  assert.equal(inputs.title!.without, inputs.ratings!.alone);
  assert.equal(inputs.title!.alone, inputs.ratings!.without);
  assert.deepEqual(raised(inputs.title!.alone), ["Action"]);
});

test("without its only input a movie is one of which nothing is known", async () => {
  batches.length = 0;
  const { prediction, inputs } = await explainItem(predictor, { ratings });
  assert.deepEqual(batches, [2]);
  assert.deepEqual(Object.keys(inputs), ["ratings"]);
  assert.equal(inputs.ratings!.alone, prediction);
  assert.deepEqual(raised(inputs.ratings!.without), []);
});

test("a year is part of the title; empty ratings are none", async () => {
  for (const [movie, present] of [
    [{ year: 1995, ratings: [] }, ["title"]],
    [{ title: "(1995)" }, ["title"]],
    [{ title: " " }, []],
    [{}, []],
  ] as const) {
    batches.length = 0;
    const { inputs, prediction } = await explainItem(predictor, movie);
    assert.deepEqual(Object.keys(inputs), present);
    assert.deepEqual(batches, [1 + present.length]);
    assert.equal(prediction.scores.length, 3);
  }
});

/** A score and a count share a tower; each of the four numbers raises the one label of its own. */
const range = { type: "number", min: 0, max: 9, whole: true } as const;
const GROUPED: InputSpecs = {
  a: range,
  score: { ...range, group: "pair" },
  b: range,
  count: { ...range, group: "pair" },
};

test("inputs of one group are left out together and given together", async () => {
  const names = Object.keys(GROUPED);
  const batches: number[] = [];
  const grouped = createPredictor(
    { target: sampleTarget(names), inputs: GROUPED },
    async (feeds) => {
      const n = feeds.a!.dims[0]!;
      batches.push(n);
      return {
        probabilities: floats(n, 4, (i, label) => (feeds[names[label]!]!.data[i]! > 0 ? 1 : 0)),
        // Groups in the order of their first inputs: a, pair, b.
        modality_weights: floats(n, 3, (_, group) => group + 1),
      };
    },
  );
  const explained = await explainItem(grouped, { a: 1, score: 2, count: 3 });
  assert.deepEqual(batches, [3]);
  assert.deepEqual(explained.prediction.inputWeights, { a: 1, pair: 2, b: 3 });
  assert.deepEqual(explained.prediction.attention, {});
  assert.deepEqual(Object.keys(explained.inputs), ["a", "pair"]);
  assert.deepEqual(raised(explained.inputs.pair!.alone), ["score", "count"]);
  assert.deepEqual(raised(explained.inputs.pair!.without), ["a"]);
  assert.deepEqual(raised(explained.inputs.a!.without), ["score", "count"]);
  // One of them is enough for the group to be there.
  const one = await explainItem(grouped, { count: 3, b: 1 });
  assert.deepEqual(Object.keys(one.inputs), ["pair", "b"]);
  assert.deepEqual(raised(one.inputs.pair!.alone), ["count"]);
  assert.deepEqual(raised(one.inputs.pair!.without), ["b"]);
});

test("an input that has its own group's name and one that names it make one group", async () => {
  const { title, year } = sampleInputs();
  const { inputs } = await explainItem(
    createPredictor({ ...sampleManifest(), inputs: { year, title } }, async ({ year: years }) => {
      const n = years!.dims[0]!;
      return {
        probabilities: floats(n, 3, () => 0),
        title_attention: floats(n, 2, () => 0),
        modality_weights: floats(n, 1, () => 0),
      };
    }),
    { title: "Net", year: 1995 },
  );
  assert.deepEqual(Object.keys(inputs), ["title"]);
});

test("an issue is named as the movie's own field", async () => {
  await assert.rejects(explainItem(predictor, { title: "A", ratings: [{ user: "7", stars: 9 }] }), {
    name: "InputError",
    field: "ratings[0].stars",
  });
});
