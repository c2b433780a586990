/** The text tower, on titles, against its definition: the mean of words, each the mean of its pieces, and steps over the year. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { createRandom } from "../../../pipeline/common/random.ts";
import { buildTower } from "../../../pipeline/model/build.ts";
import { numberStepWeights } from "../../../pipeline/model/number.ts";
import { getWeights } from "../../../pipeline/model/weights.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { forward } from "../../../pipeline/train/step.ts";
import { createMovieEncoder } from "../../../predictor/movieEncoder.ts";
import { tiny } from "../tinyModel.ts";

before(async () => {
  await startBackend("wasm");
});

const { parts, spec, config } = tiny();
const { dimensions: D } = config.title;
const { maxWords: W, piecesPerWord: P } = spec.title;
const encoder = createMovieEncoder(spec);

/** Logits [3] by definition. */
function byDefinition(weights: ReadonlyMap<string, Float32Array>, tokens: Int32Array, year = 0) {
  const table = weights.get("title_embedding/embeddings")!;
  const words = Array.from({ length: W }, (_, w) =>
    [...tokens.subarray(w * P, (w + 1) * P)].filter((token) => token !== 0),
  ).filter((pieces) => pieces.length > 0);
  const vector = Array.from({ length: D }, (_, d) => {
    const means = words.map(
      (pieces) => pieces.reduce((sum, token) => sum + table[token * D + d]!, 0) / pieces.length,
    );
    return words.length === 0 ? 0 : means.reduce((sum, mean) => sum + mean, 0) / words.length;
  });
  const kernel = weights.get("year_steps/kernel")!;
  const bias = weights.get("year_steps/bias")!;
  const steps = [...kernel].map((k, i) =>
    year === 0 ? 0 : Math.tanh(k * (year - 1980) + bias[i]!),
  );
  const features = [...vector, ...steps];
  const out = weights.get("title_logits/kernel")!;
  return Array.from(weights.get("title_logits/bias")!, (b, l) => {
    if (words.length === 0 && year === 0) return 0;
    return features.reduce((sum, value, f) => sum + value * out[f * 3 + l]!, b);
  });
}

const movies = [
  { title: "War Steel (1960)" },
  { title: "Wedding", year: 1999 },
  { title: "an unknown word here and more" },
  { title: "x" }, // too short for n-grams
  { year: 1923 },
  {},
].map((movie) => encoder.encode(movie));

test("logits match the definition for titles, years, both and neither", async () => {
  const model = buildTower("title", parts, createRandom(1));
  const weights = await getWeights(model);
  const tokens = Int32Array.from(movies.flatMap(({ title }) => [...title.tokens]));
  const found = await forward(model, [tokens, Float32Array.from(movies, ({ year }) => year ?? 0)]);
  for (const [i, { title, year }] of movies.entries()) {
    for (const [l, expected] of byDefinition(weights, title.tokens, year).entries()) {
      const actual = found[i * 3 + l]!;
      assert.ok(Math.abs(actual - expected) < 1e-5, `movie ${i}: ${actual}, expected ${expected}`);
    }
  }
  assert.deepEqual([...found.subarray(15)], [0, 0, 0]);
});

test("n-grams dropped in the middle of a word, as in training, have no effect", async () => {
  const model = buildTower("title", parts, createRandom(1));
  const tokens = movies[0]!.title.tokens.slice();
  tokens[2] = 0;
  tokens.fill(0, P, 2 * P); // and its second word
  const found = await forward(model, [tokens, Float32Array.of(0)]);
  for (const [l, expected] of byDefinition(await getWeights(model), tokens, 0).entries()) {
    assert.ok(Math.abs(found[l]! - expected) < 1e-5);
  }
});

test("the initial steps over the year are in order, from 1920 to 2004", () => {
  const weights = numberStepWeights("year");
  const [kernel, bias] = [weights.get("year_steps/kernel")!, weights.get("year_steps/bias")!];
  const years = [...bias].map((b, i) => 1980 - b / kernel[i]!);
  assert.equal(Math.round(years[0]!), 1920);
  assert.equal(Math.round(years.at(-1)!), 2004);
  for (let i = 1; i < years.length; i++) assert.ok(years[i]! > years[i - 1]!);
  assert.equal(tf.getBackend(), "wasm");
});
