/** The predictor around a `run` written by hand, whose answers are known. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createMovieEncoder } from "../../predictor/movieEncoder.ts";
import { createPredictor } from "../../predictor/predictor.ts";
import type { RunGraph, Tensor } from "../../predictor/tensor.ts";
import { sampleInputs, sampleManifest } from "./sampleManifest.ts";

const manifest = sampleManifest();

/** A graph whose answer can be told from its inputs: each output row depends on its own movie only. */
const run: RunGraph = async (feeds) => {
  const n = feeds.year!.dims[0]!;
  const r = feeds.rating_stars!.dims[1]!;
  const rows = Array.from({ length: n }, (_, i) => i);
  const ratings = (i: number) =>
    Array.from(feeds.rating_stars!.data)
      .slice(i * r, (i + 1) * r)
      .reduce((sum, stars) => sum + stars, 0);
  return {
    probabilities: floats(
      rows.flatMap((i) => [
        feeds.year!.data[i]! / 4000,
        0.25 + feeds.has_poster!.data[i]! / 4,
        ratings(i) / 16,
      ]),
      [n, 3],
    ),
    title_attention: floats(
      rows.flatMap((i) => [feeds.title_tokens!.data[i * 6]! / 8, i]),
      [n, 2],
    ),
    modality_weights: floats(
      rows.flatMap((i) => [0.5, feeds.has_poster!.data[i]!, i]),
      [n, 3],
    ),
  };
};

function floats(values: readonly number[], dims: number[]): Tensor {
  return { type: "float32", dims, data: Float32Array.from(values) };
}

const poster = { data: new Uint8Array(18), width: 2, height: 3, channels: 3 } as const;

test("scores come most probable first, selected by their own thresholds", async () => {
  const [prediction, ...rest] = await createPredictor(manifest, run).predict([
    { title: "The Net (2000)", poster, ratings: [{ user: "7", stars: 4 }] },
  ]);
  assert.equal(rest.length, 0);
  assert.deepEqual(prediction, {
    // Action and Comedy tie at 0.5: label order decides. Drama has 0.25 against a threshold of 0.3.
    scores: [
      { label: "Action", probability: 0.5, selected: true },
      { label: "Comedy", probability: 0.5, selected: true },
      { label: "Drama", probability: 0.25, selected: false },
    ],
    groups: ["title", "poster", "ratings"],
    inputWeights: { title: 0.5, poster: 1, ratings: 0 },
    attention: {
      title: [
        { part: "the", weight: 0.25 },
        { part: "net", weight: 0 },
      ],
    },
    unknown: {},
  });
});

test("each movie of a batch gets its own rows", async () => {
  const predictions = await createPredictor(manifest, run).predict([
    { year: 2000 },
    { title: "Net" },
    { ratings: ["7", "9"].map((user) => ({ user, stars: 5 })) },
  ]);
  assert.deepEqual(
    predictions.map(({ scores }) => scores.map(({ label }) => label)),
    [
      ["Action", "Comedy", "Drama"],
      ["Comedy", "Action", "Drama"],
      ["Drama", "Comedy", "Action"],
    ],
  );
  assert.deepEqual(
    predictions.map(({ attention }) => attention),
    [{ title: [] }, { title: [{ part: "net", weight: 0.375 }] }, { title: [] }],
  );
  assert.deepEqual(
    predictions.map(({ inputWeights }) => inputWeights.ratings),
    [0, 1, 2],
  );
});

test("outputs of features are the graph's, row by row", async () => {
  const encoder = createMovieEncoder(sampleInputs());
  const features = [{ year: 2000 }, { poster }].map((movie) => encoder.encode(movie));
  const found = await createPredictor(manifest, run).outputs(features);
  assert.deepEqual([...found], [0.5, 0.25, 0, 0, 0.5, 0]);
});

test("wrong input names the item where there are several, and the field", async () => {
  const { predict } = createPredictor(manifest, run);
  const bad = { ratings: [{ user: "7", stars: 9 }] };
  await assert.rejects(predict([bad]), {
    name: "InputError",
    field: "ratings[0].stars",
    message: "ratings[0].stars: 9 is outside 1 to 5",
  });
  await assert.rejects(predict([{}, bad]), {
    name: "InputError",
    field: "items[1].ratings[0].stars",
    message: "items[1].ratings[0].stars: 9 is outside 1 to 5",
  });
  await assert.rejects(predict([{ year: 3 }, {}]), { field: "items[0].year" });
  await assert.rejects(predict([]), { name: "InputError", field: "items" });
});

/** `run` with one output replaced, or left out. */
function withOutput(name: string, tensor?: Tensor): RunGraph {
  return async (feeds) => {
    const { [name]: _, ...others } = await run(feeds);
    return tensor ? { ...others, [name]: tensor } : others;
  };
}

for (const name of ["probabilities", "title_attention", "modality_weights"]) {
  const length = name === "title_attention" ? 2 : 3;
  const defects: [string, Tensor | undefined, RegExp][] = [
    ["is left out", undefined, /gave no output "NAME"; is the bundle complete/],
    ["holds NaN", floats([0.1, Number.NaN, 0.1].slice(0, length), [1, length]), /"NAME" holds NaN/],
    [
      "holds infinity",
      floats([0.1, Number.NEGATIVE_INFINITY, 0.1].slice(0, length), [1, length]),
      /"NAME" holds -Infinity/,
    ],
    ["is too short", floats([0.1], [1, 1]), /"NAME" is float32 \[1,1\], expected/],
    [
      "is of another type",
      { type: "int32", dims: [1, length], data: new Int32Array(length) },
      /"NAME" is int32 \[1,/,
    ],
  ];
  for (const [what, tensor, message] of defects) {
    test(`refuses a graph whose output ${name} ${what}`, async () => {
      const predictor = createPredictor(manifest, withOutput(name, tensor));
      const expected = new RegExp(message.source.replace("NAME", name));
      await assert.rejects(predictor.predict([{ year: 2000 }]), expected);
    });
  }
}

test("movies with very many ratings go through the graph in batches, and keep their rows", async () => {
  const sizes: number[][] = [];
  const predictor = createPredictor(manifest, (feeds) => {
    sizes.push([...feeds.rating_users!.dims]);
    return run(feeds);
  });
  const encoder = createMovieEncoder(sampleInputs());
  const features = [1000, 2000, 3000].map((year) => ({
    ...encoder.encode({}),
    year,
    ratings: { users: new Int32Array(70_000), stars: new Float32Array(70_000) },
  }));
  const probabilities = await predictor.outputs(features);
  assert.deepEqual(sizes, [
    [1, 70_000],
    [1, 70_000],
    [1, 70_000],
  ]);
  assert.deepEqual([probabilities[0], probabilities[3], probabilities[6]], [0.25, 0.5, 0.75]);
  await predictor.outputs(
    features.map((movie) => ({
      ...movie,
      ratings: { users: new Int32Array(9), stars: new Float32Array(9) },
    })),
  );
  assert.deepEqual(sizes.at(-1), [3, 9]);
});
