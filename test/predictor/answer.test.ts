/** Predictions as answers: which labels are selected, how many are shown, and the names of version 0.1. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { toAnswer, toAnswerJson } from "../../predictor/answer.ts";
import type { LabelsAnswer, LabelsAnswerJson } from "../../predictor/answerTypes.ts";
import type { Explanation } from "../../predictor/explain.ts";
import { createPredictor, type Prediction } from "../../predictor/predictor.ts";
import type { RunGraph, Tensor } from "../../predictor/tensor.ts";
import { sampleManifest, sampleTarget } from "./sampleManifest.ts";

const floats = (...values: number[]): Tensor => ({
  type: "float32",
  dims: [1, values.length],
  data: Float32Array.from(values),
});

const TARGET = sampleTarget(["Action", "Comedy", "Drama"], [0.5, 0.25, 0.75]);

const answerTo = (...[prediction, options, explanation]: ParametersAfter<typeof toAnswer>) =>
  toAnswer(TARGET, prediction, options, explanation) as LabelsAnswer;
type ParametersAfter<F> = F extends (first: never, ...rest: infer Rest) => unknown ? Rest : never;
const jsonOf = (answer: LabelsAnswer) => toAnswerJson(TARGET, answer) as LabelsAnswerJson;

/** What a graph with these probabilities of Action, Comedy and Drama predicts; thresholds are 0.5, 0.25 and 0.75. */
async function predictionOf(...probabilities: number[]): Promise<Prediction> {
  const run: RunGraph = async () => ({
    probabilities: floats(...probabilities),
    title_attention: floats(0, 0),
    modality_weights: floats(1, 0, 0),
  });
  const manifest = { ...sampleManifest(), target: TARGET };
  const [prediction] = await createPredictor(manifest, run).predict([{ year: 2000 }]);
  return prediction!;
}

test("a probability that equals its label's threshold is selected, one below it is not", async () => {
  const at = await predictionOf(0.5, 0.25, 0.75);
  assert.deepEqual(answerTo(at, {}).selected, ["Drama", "Action", "Comedy"]);
  const below = await predictionOf(0.5 - 2 ** -24, 0.25 - 2 ** -25, 0.75 - 2 ** -24);
  assert.deepEqual(answerTo(below, { allowEmpty: true }).selected, []);
});

test("a request's threshold counts for all labels; a probability equal to it is selected", async () => {
  const prediction = await predictionOf(0.5, 0.25, 0.75);
  for (const [threshold, selected] of [
    [0.75, ["Drama"]],
    [0.5, ["Drama", "Action"]],
    [0.25, ["Drama", "Action", "Comedy"]],
    [0.76, []],
  ] as const) {
    const answer = answerTo(prediction, { threshold, topK: 1 });
    assert.deepEqual(answer.selected, selected);
    // The flag of the shown scores says the same.
    assert.deepEqual(answer.scores, [
      { label: "Drama", probability: 0.75, selected: selected.length > 0 },
    ]);
  }
});

test("the JSON has the new names and, for one version, the old ones", async () => {
  const attention = { title: [{ part: "net", weight: 0.25 }], plot: [{ part: "a", weight: 1 }] };
  const prediction = { ...(await predictionOf(0.5, 0.25, 0.75)), attention };
  const without = await predictionOf(0.25, 0.25, 0.25);
  const alone = await predictionOf(0.5, 0.5, 0.5);
  const explanation: Explanation = { prediction, inputs: { title: { without, alone } } };
  const plain = jsonOf(answerTo(prediction, { topK: 1 }));
  const scores = [{ label: "Drama", probability: 0.75, selected: true }];
  const selected = ["Drama", "Action", "Comedy"];
  assert.deepEqual(plain, { scores, selected, genres: scores, labels: selected });
  const explained = jsonOf(answerTo(prediction, { topK: 1 }, explanation));
  const contributions = [{ label: "Drama", contribution: 0.5, without: 0.25, alone: 0.5 }];
  assert.deepEqual(explained.explanation, {
    inputs: { title: { weight: 1, scores: contributions } },
    attention,
    titleAttention: [{ word: "net", weight: 0.25 }],
    modalities: { title: { weight: 1, scores: contributions, genres: contributions } },
  });
  const untitled = { ...explanation, prediction: { ...prediction, attention: {} } };
  const { attention: none, titleAttention } = jsonOf(answerTo(prediction, {}, untitled))
    .explanation!;
  assert.deepEqual([none, titleAttention], [{}, []]);
});
