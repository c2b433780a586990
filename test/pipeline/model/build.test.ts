/** The published graph: parts, sizes, subsets, and that it combines the towers by the gates. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { createRandom } from "../../../pipeline/common/random.ts";
import { withPoster } from "../../../pipeline/fit/prepare.ts";
import { buildInferenceModel, buildTower, graphOutputs } from "../../../pipeline/model/build.ts";
import { fusionWeights } from "../../../pipeline/model/fusion.ts";
import {
  RATING_AMOUNTS,
  RATING_STATISTICS,
  ratingAmounts,
} from "../../../pipeline/model/ratings.ts";
import { getWeights, setWeights } from "../../../pipeline/model/weights.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { towerLogits } from "../../../pipeline/train/measure.ts";
import { collate, graphInputs } from "../../../predictor/item.ts";
import { INPUT_NAMES, type MovieFeatures } from "../../../predictor/movie.ts";
import { tokenCount } from "../../../predictor/preprocess/title.ts";
import { tiny } from "../tinyModel.ts";

const { parts, spec, movies, source, prior, config } = tiny(30);
const { userVectors } = parts.inputs.ratings;
const L = 3;
const random = createRandom(3);
/** All values differ, so that swapped gates are detected. */
const GATES = {
  // Rows for the inputs, with weight 0 for a gate's own presence, then for the amounts of ratings.
  kernel: Float32Array.from({ length: 3 * (3 + RATING_AMOUNTS) }, (_, i) =>
    i < 9 && i % 4 === 0 ? 0 : 0.3 * random.normal(),
  ),
  bias: Float32Array.from({ length: 3 }, () => 1 + 0.3 * random.normal()),
};
const features = movies.map((movie) => withPoster(movie, source.posters) as MovieFeatures);

let towers: LayersModel[];
let model: LayersModel;

before(async () => {
  await startBackend("wasm");
  towers = INPUT_NAMES.map((input) => buildTower(input, parts, createRandom(input)));
  // No weight keeps its initial value, not even normalisation and biases.
  for (const tower of towers) {
    const weights = await getWeights(tower);
    for (const [name, values] of weights) {
      for (const [i, value] of values.entries()) {
        values[i] = name.endsWith("variance") ? 0.5 + random.next() : value + 0.1 * random.normal();
      }
    }
    setWeights(tower, weights);
  }
  const all = await Promise.all(towers.map(getWeights));
  const weights = new Map(all.flatMap((one) => [...one]));
  for (const [name, values] of fusionWeights(prior, GATES)) weights.set(name, values);
  model = buildInferenceModel(parts, weights);
});

/** Runs the graph on movies; its three outputs, row by row. */
function run(batch: readonly MovieFeatures[]) {
  const feeds = collate(batch, spec);
  return tf.tidy(() => {
    const tensors = graphInputs(spec).map((name) => {
      const { type, dims, data } = feeds[name]!;
      return tf.tensor(data, [...dims], type === "float32" ? "float32" : "int32");
    });
    const [probabilities, attention, weights] = (model.predict(tensors) as tf.Tensor2D[]).map(
      (output) => output.arraySync(),
    );
    return { probabilities: probabilities!, attention: attention!, weights: weights! };
  });
}

/** The movie with some of its inputs, by the bits of `subset`: title, poster, ratings. */
function part(movie: MovieFeatures, subset: number): MovieFeatures {
  return {
    title:
      subset & 1 ? movie.title : { words: [], tokens: new Int32Array(movie.title.tokens.length) },
    year: subset & 1 ? movie.year : undefined,
    poster: subset & 2 ? movie.poster : undefined,
    ratings: subset & 4 ? movie.ratings : { users: new Int32Array(0), stars: new Float32Array(0) },
  };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const whole = features.findIndex((movie) => movie.poster && movie.ratings.users.length > 0);

function assertClose(actual: readonly number[], expected: readonly number[], tolerance: number) {
  assert.equal(actual.length, expected.length);
  for (const [k, value] of actual.entries()) {
    assert.ok(
      Math.abs(value - expected[k]!) <= tolerance,
      `${k}: ${value}, expected ${expected[k]}`,
    );
  }
}

test("the number of parameters matches the configuration", () => {
  const [title, poster, ratings] = towers.map((tower) => tower.countParams()) as [
    number,
    number,
    number,
  ];
  const { dimensions } = config.title;
  const yearSteps = 16;
  assert.equal(
    title,
    tokenCount(spec.title) * dimensions + 2 * yearSteps + (dimensions + yearSteps) * L + L,
  );
  const [first, second] = config.poster.channels as [number, number];
  // The first convolution has a bias; later ones are followed by normalisation (four per channel).
  const convolutions = 5 * 5 * 3 * first + first + 3 * 3 * first * second + 4 * second;
  assert.equal(poster, convolutions + 2 * second * L + L);
  const { units } = config.ratings;
  const D = userVectors.dimensions;
  const linear = D * L + L + RATING_AMOUNTS;
  assert.equal(ratings, (D + RATING_STATISTICS) * units + units + units * L + L + linear);
  // The amounts of ratings are computed by a layer of fixed weights.
  const fusion = 3 * (3 + RATING_AMOUNTS) + 3 + 3 * L + L + 2 * RATING_AMOUNTS;
  // User vectors and means, the moments of the pooled vectors, and the two weights that select the inverse root.
  const { table, means } = userVectors;
  const pooling = table.length + means.length + 2 * D + 2;
  assert.equal(model.countParams(), title + poster + ratings + fusion + pooling);
});

test("inputs and outputs have the names and shapes that hosts expect", () => {
  assert.deepEqual(model.inputNames, graphInputs(spec));
  assert.deepEqual(
    model.inputs.map(({ shape }) => shape),
    [
      [null, 3, 5],
      [null, 1],
      [null, 16, 12, 3],
      [null, 1],
      [null, null],
      [null, null],
    ],
  );
  assert.deepEqual(model.outputNames, graphOutputs(parts));
  assert.deepEqual(graphOutputs(parts), ["probabilities", "title_attention", "modality_weights"]);
  assert.deepEqual(
    model.outputs.map(({ shape }) => shape),
    [
      [null, 3],
      [null, 3],
      [null, 3],
    ],
  );
});

test("the graph computes prior + gates x the towers' logits, for every movie", async () => {
  const { probabilities, weights } = run(features);
  const logits = await Promise.all(
    INPUT_NAMES.map((input, m) => towerLogits(towers[m]!, input, movies, source, L)),
  );
  for (const [i, movie] of features.entries()) {
    const has = [1, movie.poster ? 1 : 0, movie.ratings.users.length > 0 ? 1 : 0];
    const states = [...has, ...ratingAmounts(movie.ratings.users.length)];
    const gates = has.map((present, m) => {
      const gate = states.reduce((sum, s, k) => sum + s * GATES.kernel[k * 3 + m]!, GATES.bias[m]!);
      return present * gate;
    });
    assertClose(weights[i]!, gates, 1e-6);
    const expected = Array.from(prior, (p, l) =>
      sigmoid(gates.reduce((sum, gate, m) => sum + gate * logits[m]![i * L + l]!, p)),
    );
    assertClose(probabilities[i]!, expected, 1e-5);
  }
  // The movies have several combinations of inputs.
  assert.ok(new Set(features.map((f) => `${!f.poster} ${f.ratings.users.length > 0}`)).size >= 3);
});

test("every subset of inputs runs and gives a different answer", () => {
  const subsets = Array.from({ length: 8 }, (_, subset) => part(features[whole]!, subset));
  const { probabilities, weights } = run(subsets);
  for (const [subset, row] of probabilities.entries()) {
    assert.ok(row.every((p) => p > 0 && p < 1));
    for (const m of [0, 1, 2]) assert.equal(weights[subset]![m] !== 0, ((subset >> m) & 1) === 1);
  }
  assert.equal(new Set(probabilities.map((row) => row.join())).size, 8);
});

test("without inputs, the answer is exactly the prior", () => {
  const { probabilities, attention, weights } = run([part(features[whole]!, 0)]);
  const expected = tf.tidy(() => [...tf.sigmoid(tf.tensor1d(prior)).dataSync<"float32">()]);
  assert.deepEqual(probabilities[0], expected);
  assertClose(probabilities[0]!, [...prior].map(sigmoid), 1e-6);
  assert.deepEqual(attention[0], [0, 0, 0]);
  assert.deepEqual(weights[0]!.map(Math.abs), [0, 0, 0]);
});

test("values of a masked input have no effect", () => {
  const feeds = collate([part(features[whole]!, 5)], spec);
  feeds.poster!.data.fill(255);
  const tensors = graphInputs(spec).map((name) => {
    const { type, dims, data } = feeds[name]!;
    return tf.tensor(data, [...dims], type === "float32" ? "float32" : "int32");
  });
  const [probabilities] = model.predict(tensors) as tf.Tensor2D[];
  assert.deepEqual(probabilities!.arraySync(), run([part(features[whole]!, 5)]).probabilities);
});

test("a movie's answer does not depend on the rest of the batch or on padding", () => {
  const together = run(features);
  for (const i of [0, 1, 2, 3, whole]) {
    const alone = run([features[i]!]);
    assertClose(together.probabilities[i]!, alone.probabilities[0]!, 1e-6);
    assertClose(together.attention[i]!, alone.attention[0]!, 1e-7);
  }
});

test("attention is distributed over the words present", () => {
  const { attention } = run([features[0]!, part(features[0]!, 6)]);
  assertClose(attention[0]!, [0.5, 0.5, 0], 1e-6);
  assert.deepEqual(attention[1], [0, 0, 0]);
});

test("missing weights are named", () => {
  assert.throws(
    () => buildInferenceModel(parts, new Map()),
    /weights do not fit the model: .*title_embedding\/embeddings is missing/,
  );
});

test("a tower's initial weights depend only on its random stream", async () => {
  const weights = (seed: string) => getWeights(buildTower("poster", parts, createRandom(seed)));
  assert.deepEqual(await weights("a"), await weights("a"));
  assert.notDeepEqual(await weights("a"), await weights("b"));
});
