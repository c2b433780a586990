/** A model of inputs that no movie has: two texts, an image and reviews, each under a name of its own. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { openSession } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { configSchema } from "../../../pipeline/config/schema.ts";
import { specsOf } from "../../../pipeline/fit/fittedInputs.ts";
import { buildInferenceModel, buildTower, graphOutputs } from "../../../pipeline/model/build.ts";
import { exportGraph } from "../../../pipeline/model/exportGraph.ts";
import { fusionWeights } from "../../../pipeline/model/fusion.ts";
import {
  type ModelInputs,
  type ModelParts,
  modelGroups,
} from "../../../pipeline/model/modelInputs.ts";
import { getWeights } from "../../../pipeline/model/weights.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { explainItem } from "../../../predictor/explain.ts";
import type { TextSpec } from "../../../predictor/inputs/text.ts";
import { graphInputs } from "../../../predictor/item.ts";
import { createPredictor, type Predictor } from "../../../predictor/predictor.ts";
import { tokenCount } from "../../../predictor/preprocess/title.ts";

const LABELS = ["garden", "kitchen", "toys"];

const textSpec = (form: TextSpec["form"], vocabulary: string[]): TextSpec => ({
  type: "text",
  form,
  maxCharacters: 200,
  maxWords: 6,
  piecesPerWord: 4,
  vocabulary,
  vectorWords: [],
  ngrams: { min: 3, max: 4, buckets: 16 },
});

const { title, poster, ratings } = configSchema.parse({
  title: { encoder: "gru", attention: "bahdanau", dimensions: 8, units: 8 },
  poster: { height: 16, width: 16, channels: [4, 4] },
  ratings: { dimensions: 4, units: 8 },
});

/** Numbers without pattern, the same for the same arguments. */
const noise = (length: number, seed: string) => {
  const random = createRandom(7).fork(seed);
  return Float32Array.from({ length }, () => random.normal());
};

function inputs(): ModelInputs {
  const name = textSpec("title", ["shovel", "pan"]);
  const details = textSpec("plain", ["steel", "wood"]);
  const users = ["ada", "bo"];
  const groups = { genders: [], ages: [], occupations: [] };
  const rows = 2 + users.length + 1;
  return {
    name: {
      type: "text",
      spec: name,
      options: title,
      termWeights: noise(tokenCount(name) + 1, "n"),
    },
    details: {
      type: "text",
      spec: details,
      options: configSchema.parse({}).title,
      // Padding and unknown words weigh nothing.
      termWeights: noise(tokenCount(details) + 1, "d").map((x, id) => (id < 2 ? 0 : Math.abs(x))),
    },
    photo: {
      type: "image",
      spec: { type: "image", height: 16, width: 16 },
      options: poster,
      pixels: { mean: 100, std: 60 },
    },
    reviews: {
      type: "ratings",
      spec: { type: "ratings", users, groups, stars: { min: 1, max: 10 }, maxRatings: 5 },
      options: ratings,
      userVectors: {
        users,
        groups,
        rowOf: Uint32Array.of(2, 3),
        groupRowOf: new Uint32Array(rows),
        table: noise(rows * 4, "table").fill(0, 0, 4),
        means: noise(rows, "means"),
        dimensions: 4,
        mean: noise(4, "mean"),
        std: new Float32Array(4).fill(1),
        stars: { min: 1, max: 10, mean: 6 },
      },
    },
  };
}

let model: LayersModel;
let parts: ModelParts;
let predictor: Predictor;

before(async () => {
  await startBackend("cpu");
  parts = { inputs: inputs(), labels: LABELS.length };
  const weights = new Map<string, Float32Array>();
  for (const { name } of modelGroups(parts.inputs)) {
    const tower = buildTower(name, parts, createRandom(name.length));
    for (const [weight, values] of await getWeights(tower)) weights.set(weight, values);
    tower.dispose();
  }
  // Four towers, and three amounts of reviews.
  const gates = { kernel: noise(7 * 4, "kernel"), bias: new Float32Array(4).fill(1) };
  for (const [name, values] of fusionWeights(Float32Array.of(-1, 0, 1), gates)) {
    weights.set(name, values);
  }
  model = buildInferenceModel(parts, weights);
  const dataset = { name: "shop", synthetic: true };
  const { onnx } = await exportGraph(model, parts, dataset, "fp32");
  const { run } = await openSession(onnx);
  const thresholds = LABELS.map(() => 0.5);
  predictor = createPredictor({ labels: LABELS, thresholds, inputs: specsOf(parts.inputs) }, run);
});

const IMAGE = {
  data: Uint8Array.from({ length: 20 * 30 * 3 }, (_, i) => (i * 7) % 256),
  width: 20,
  height: 30,
  channels: 3 as const,
};
const ITEM = {
  name: "Pan, The (cast iron)",
  details: "Steel, not wood (1995)",
  photo: IMAGE,
  reviews: [{ user: "ada", stars: 9 }],
};

test("tensors and outputs are named after the declared inputs", () => {
  assert.deepEqual(model.inputNames, graphInputs(specsOf(parts.inputs)));
  assert.deepEqual(model.inputNames, [
    "name_tokens",
    "details_tokens",
    "photo",
    "has_photo",
    "review_users",
    "review_stars",
  ]);
  assert.deepEqual(graphOutputs(parts), [
    "probabilities",
    "name_attention",
    "details_attention",
    "modality_weights",
  ]);
});

test("every input changes the answer, and an item without any gets the prior", async () => {
  const without = (name: string) =>
    Object.fromEntries(Object.entries(ITEM).filter(([key]) => key !== name));
  const [whole, ...others] = await predictor.predict([ITEM, ...Object.keys(ITEM).map(without)]);
  const probabilities = ({ scores }: typeof whole & object) =>
    LABELS.map((label) => scores.find((score) => score.label === label)!.probability);
  for (const [i, name] of Object.keys(ITEM).entries()) {
    assert.notDeepEqual(probabilities(others[i]!), probabilities(whole!), name);
    assert.equal(Math.abs(others[i]!.inputWeights[name]!), 0);
  }
  const [nothing] = await predictor.predict([{}]);
  for (const [i, logit] of [-1, 0, 1].entries()) {
    const expected = 1 / (1 + Math.exp(-logit));
    assert.ok(Math.abs(probabilities(nothing!)[i]! - expected) < 1e-6);
  }
});

test("attention is over the words of each text, read in its own form", async () => {
  const { prediction, inputs: effects } = await explainItem(predictor, ITEM);
  assert.deepEqual(
    prediction.attention.name!.map(({ part }) => part),
    ["the", "pan", "cast", "iron"],
  );
  assert.deepEqual(
    prediction.attention.details!.map(({ part }) => part),
    ["steel", "not", "wood", "1995"],
  );
  for (const words of Object.values(prediction.attention)) {
    const sum = words.reduce((total, { weight }) => total + weight, 0);
    assert.ok(Math.abs(sum - 1) < 1e-4, `${sum}`);
  }
  assert.deepEqual(Object.keys(effects), Object.keys(ITEM));
});
