/** The linear model of a table's columns: what it is fitted to, how much it counts, and that the network does not see it. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { createRandom } from "../../../../pipeline/common/random.ts";
import type { EncodedMovie } from "../../../../pipeline/fit/prepare.ts";
import type { CategoryInput } from "../../../../pipeline/inputs/category/fit.ts";
import { specsOf } from "../../../../pipeline/inputs/fit.ts";
import { fitHeadOf } from "../../../../pipeline/inputs/heads.ts";
import type { NumberInput } from "../../../../pipeline/inputs/number/fit.ts";
import { tableSection } from "../../../../pipeline/inputs/table/options.ts";
import { buildTower } from "../../../../pipeline/model/build.ts";
import { type ModelInputs, modelGroups } from "../../../../pipeline/model/modelInputs.ts";
import { getWeights, setWeights, type Weights } from "../../../../pipeline/model/weights.ts";
import { startBackend } from "../../../../pipeline/train/backend.ts";
import type { BatchSource } from "../../../../pipeline/train/inputBatches.ts";
import { towerLogits } from "../../../../pipeline/train/measure.ts";
import { createItemEncoder } from "../../../../predictor/item.ts";
import { labelsTarget } from "../../labelsTarget.ts";

before(() => startBackend("wasm"));

const LABELS = 2;
const PRIOR = Float32Array.of(-0.5, 0.3);
const target = labelsTarget(["a", "b"], PRIOR);
const C = 2;

function table(linear: number): ModelInputs {
  const parsed = { ...tableSection.parse({ units: 6, inverseRegularisation: C }), linear };
  const numberOf = (center: number, places: readonly number[]): NumberInput => ({
    type: "number",
    spec: { type: "number", group: "table", whole: false, center, scale: 5 },
    options: parsed,
    fit: { clip: 2, places },
  });
  const brand: CategoryInput = {
    type: "category",
    spec: { type: "category", group: "table", values: ["runa", "nord"], maxValues: 2 },
    options: parsed,
  };
  // With other numbers of steps, the numbers are columns of their own.
  return { price: numberOf(10, [-1, 0, 3]), brand, weight: numberOf(0, []) };
}

const ITEMS = [
  { price: 12, brand: "runa", weight: 3 },
  { price: 4, brand: "nord", weight: -2 },
  { price: 900, brand: ["nord", "runa"], weight: 0 },
  { price: 12, weight: 1 },
  { brand: "runa" },
  { price: 10, brand: "who", weight: -9 },
  { price: 7, brand: ["who", "runa"] },
  { price: 15, brand: "nord", weight: 2 },
];
const TRUTH = [1, 0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1];
/**
 * What the linear model sees, in the order of the columns: the clipped price and whether there is one; the shares of no
 * value, of an unknown one, of runa and of nord; the clipped weight and whether there is one.
 */
const ROWS = [
  [0.4, 1, 0, 0, 1, 0, 0.6, 1],
  [-1.2, 1, 0, 0, 0, 1, -0.4, 1],
  [2, 1, 0, 0, 0.5, 0.5, 0, 1],
  [0.4, 1, 0, 0, 0, 0, 0.2, 1],
  [0, 0, 0, 0, 1, 0, 0, 0],
  [0, 1, 0, 1, 0, 0, -1.8, 1],
  [-0.6, 1, 0, 0.5, 0.5, 0, 0, 0],
  [1, 1, 0, 0, 0, 1, 0.4, 1],
];

function prepared(linear = 0.5, inputs = table(linear)) {
  const encoder = createItemEncoder(specsOf(inputs));
  const movies = ITEMS.map(
    (item, i) =>
      ({
        features: encoder.encode(item),
        images: {},
        target: Float32Array.from(TRUTH.slice(i * LABELS, (i + 1) * LABELS)),
      }) as EncodedMovie,
  );
  const source = { inputs } as BatchSource;
  const [group] = modelGroups(inputs);
  const parts = { inputs, labels: LABELS, target };
  return {
    movies,
    source,
    parts,
    head: () => fitHeadOf(group!)!(group!, { source, movies, target }),
  };
}

/** The model's kernel in the order of `ROWS`, and its bias. */
function modelOf(weights: Weights) {
  const names = [
    "table_numbers_of_2_fitted/kernel",
    "brand_fitted_vectors/embeddings",
    "table_numbers_of_0_fitted/kernel",
  ];
  const kernel = names.flatMap((name) => [...weights.get(name)!]);
  return { kernel, bias: weights.get("table_fitted_bias/kernel")! };
}

/** Deviations from the prior [L]. */
function linearLogits({ kernel, bias }: ReturnType<typeof modelOf>, row: readonly number[]) {
  return Array.from(bias, (constant, label) =>
    row.reduce((sum, value, k) => sum + value * kernel[k * LABELS + label]!, constant),
  );
}

test("the head is the regularised logistic regression on the columns: its gradient is 0", async () => {
  const model = modelOf((await prepared().head())!);
  const gradient = new Float64Array(model.kernel.length);
  const ofBias = new Float64Array(LABELS);
  for (const [i, row] of ROWS.entries()) {
    for (const [label, logit] of linearLogits(model, row).entries()) {
      const residual = 1 / (1 + Math.exp(-logit - PRIOR[label]!)) - TRUTH[i * LABELS + label]!;
      ofBias[label]! += residual;
      for (const [k, value] of row.entries()) gradient[k * LABELS + label]! += C * residual * value;
    }
  }
  for (const [i, weight] of model.kernel.entries()) {
    assert.ok(Math.abs(gradient[i]! + weight) < 1e-4, `${i}: ${gradient[i]! + weight}`);
  }
  for (const sum of ofBias) assert.ok(Math.abs(sum) < 1e-4, `bias: ${sum}`);
  assert.ok(Math.hypot(...model.kernel) > 0.5);
});

test("the tower's logits move towards it by the share", async () => {
  const { movies, source, parts, head } = prepared(0.4);
  const weights = (await head())!;
  const tower = buildTower("table", parts, createRandom(1));
  const network = await towerLogits(tower, "table", movies, source, LABELS);
  assert.ok(Math.hypot(...network) > 0.1);
  setWeights(tower, weights, "partial");
  const both = await towerLogits(tower, "table", movies, source, LABELS);
  for (const [i, row] of ROWS.entries()) {
    for (const [label, logit] of linearLogits(modelOf(weights), row).entries()) {
      const at = i * LABELS + label;
      const expected = 0.6 * network[at]! + 0.4 * logit;
      assert.ok(Math.abs(both[at]! - expected) < 1e-5, `${i}, ${label}: ${both[at]}, ${expected}`);
    }
  }
  tower.dispose();
});

test("as long as the network is trained, and with a share of 0, there is none of it", async () => {
  const { parts } = prepared();
  const tower = buildTower("table", parts, createRandom(1));
  const weights = await getWeights(tower);
  const fitted = [...weights].filter(([name]) => name.includes("_fitted"));
  assert.equal(fitted.length, 5);
  for (const [name, values] of fitted)
    assert.ok(
      values.every((value) => value === 0),
      name,
    );
  tower.dispose();

  const { parts: without, head } = prepared(0);
  assert.equal(await head(), undefined);
  const before = tf.memory().numTensors;
  const alone = buildTower("table", without, createRandom(1));
  const own = await getWeights(alone);
  assert.deepEqual(
    [...own.keys()],
    [...weights.keys()].filter((name) => !name.includes("_fitted")),
  );
  for (const [name, values] of own) assert.deepEqual(values, weights.get(name), name);
  alone.dispose();
  assert.equal(tf.memory().numTensors, before, "variables of layers that are not in the tower");
});
