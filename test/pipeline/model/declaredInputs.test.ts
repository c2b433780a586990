/** A model of inputs that no movie has: two texts, an image and reviews, each under a name of its own. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { openSession } from "../../../node/session.ts";
import { specsOf } from "../../../pipeline/inputs/fit.ts";
import { graphOutputs } from "../../../pipeline/model/build.ts";
import { exportGraph } from "../../../pipeline/model/exportGraph.ts";
import type { ModelParts } from "../../../pipeline/model/modelInputs.ts";
import { explainItem } from "../../../predictor/explain.ts";
import { graphInputs } from "../../../predictor/item.ts";
import { createPredictor, type Predictor } from "../../../predictor/predictor.ts";
import { sampleTarget } from "../../predictor/sampleManifest.ts";
import { buildShop, SHOP_ITEM as ITEM, SHOP_LABELS as LABELS } from "../shopModel.ts";

let model: LayersModel;
let parts: ModelParts;
let predictor: Predictor;

before(async () => {
  ({ model, parts } = await buildShop());
  const dataset = { name: "shop", synthetic: true };
  const { onnx } = await exportGraph(model, parts, dataset, "fp32");
  const { run } = await openSession(onnx);
  predictor = createPredictor({ target: sampleTarget(LABELS), inputs: specsOf(parts.inputs) }, run);
});

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
