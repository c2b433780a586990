/** A model of inputs that no movie has: two texts, an image and reviews, each under a name of its own. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import { createRandom } from "../../pipeline/common/random.ts";
import { configSchema } from "../../pipeline/config/schema.ts";
import { buildInferenceModel, buildTower } from "../../pipeline/model/build.ts";
import { fusionWeights } from "../../pipeline/model/fusion.ts";
import {
  type ModelInputs,
  type ModelParts,
  modelGroups,
} from "../../pipeline/model/modelInputs.ts";
import { getWeights } from "../../pipeline/model/weights.ts";
import { startBackend } from "../../pipeline/train/backend.ts";
import type { TextSpec } from "../../predictor/inputs/text.ts";
import { tokenCount } from "../../predictor/preprocess/title.ts";
import { labelsTarget } from "./labelsTarget.ts";

export const SHOP_LABELS = ["garden", "kitchen", "toys"];

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
    reviews: ratingsInput(["ada", "bo"], { min: 1, max: 10, mean: 6 }),
    likes: ratingsInput(["bo", "cy"], { min: -1, max: 1, mean: 0 }, "likes "),
  };
}

/** @param seed Of the user vectors. */
function ratingsInput(
  users: readonly string[],
  stars: { readonly min: number; readonly max: number; readonly mean: number },
  seed = "",
): ModelInputs[string] {
  const groups = { genders: [], ages: [], occupations: [] };
  const rows = 2 + users.length + 1;
  const { min, max } = stars;
  return {
    type: "ratings",
    spec: { type: "ratings", users, groups, stars: { min, max }, maxRatings: 5 },
    options: ratings,
    userVectors: {
      users,
      groups,
      rowOf: Uint32Array.of(2, 3),
      groupRowOf: new Uint32Array(rows),
      table: noise(rows * 4, `${seed}table`).fill(0, 0, 4),
      means: noise(rows, `${seed}means`),
      dimensions: 4,
      mean: noise(4, `${seed}mean`),
      std: new Float32Array(4).fill(1),
      stars,
    },
  };
}

/**
 * The whole model with invented weights, the same on every call.
 *
 * @param names Of its inputs; there are other ratings as well, `likes`.
 */
export async function buildShop(
  names: readonly string[] = ["name", "details", "photo", "reviews"],
): Promise<{ model: LayersModel; parts: ModelParts }> {
  await startBackend("wasm");
  const chosen = Object.entries(inputs()).filter(([name]) => names.includes(name));
  const parts = {
    inputs: Object.fromEntries(chosen),
    labels: SHOP_LABELS.length,
    target: labelsTarget(SHOP_LABELS),
  };
  const weights = new Map<string, Float32Array>();
  for (const { name } of modelGroups(parts.inputs)) {
    const tower = buildTower(name, parts, createRandom(name.length));
    for (const [weight, values] of await getWeights(tower)) weights.set(weight, values);
    tower.dispose();
  }
  // A gate for each tower, from which towers there are and three amounts of each input of ratings.
  const towers = chosen.length;
  const states = towers + 3 * chosen.filter(([, { type }]) => type === "ratings").length;
  const gates = {
    kernel: noise(states * towers, "kernel"),
    bias: new Float32Array(towers).fill(1),
  };
  for (const [name, values] of fusionWeights(Float32Array.of(-1, 0, 1), gates)) {
    weights.set(name, values);
  }
  return { model: buildInferenceModel(parts, weights), parts };
}

const IMAGE = {
  data: Uint8Array.from({ length: 20 * 30 * 3 }, (_, i) => (i * 7) % 256),
  width: 20,
  height: 30,
  channels: 3 as const,
};
/** With a value of every input. */
export const SHOP_ITEM = {
  name: "Pan, The (cast iron)",
  details: "Steel, not wood (1995)",
  photo: IMAGE,
  reviews: [{ user: "ada", stars: 9 }],
};
