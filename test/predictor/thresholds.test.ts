/** Who is at a threshold is over it: wherever a label is selected, and by its own threshold alone. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { toAnswer } from "../../predictor/answer.ts";
import type { AnswerOptions, LabelsAnswer } from "../../predictor/answerTypes.ts";
import { f1Scores } from "../../predictor/metrics.ts";
import { createPredictor, type Prediction } from "../../predictor/predictor.ts";
import type { RunGraph } from "../../predictor/tensor.ts";
import { tuneThresholds } from "../../predictor/thresholds.ts";
import { decidedAt } from "./decidedAt.ts";
import { sampleManifest, sampleTarget } from "./sampleManifest.ts";

/** A float32 less, be it by one place or two. */
const below = (value: number) => value - 2 ** -24;
const THRESHOLDS = [0.5, 0.25, 0.75];

async function selectedBy(thresholds: number[], probabilities: readonly number[]) {
  const run: RunGraph = async () => ({
    probabilities: { type: "float32", dims: [1, 3], data: Float32Array.from(probabilities) },
    title_attention: { type: "float32", dims: [1, 2], data: new Float32Array(2) },
    modality_weights: { type: "float32", dims: [1, 3], data: new Float32Array(3) },
  });
  const labels = ["Action", "Comedy", "Drama"];
  const target = sampleTarget(labels, thresholds);
  const predictor = createPredictor({ ...sampleManifest(), target }, run);
  const [prediction] = await predictor.predict([{ title: "The Net" }]);
  const { selected } = toAnswer(target, prediction!, { allowEmpty: true }) as LabelsAnswer;
  return labels.map((label) => selected.includes(label));
}

for (const [label, threshold] of THRESHOLDS.entries()) {
  test(`a probability of ${threshold} reaches the threshold ${threshold} of label ${label}, one below does not`, async () => {
    const others = THRESHOLDS.map((_, l) => l !== label);
    for (const [value, selected] of [
      [threshold, true],
      [below(threshold), false],
    ] as const) {
      const high = THRESHOLDS.map((_, l) => (l === label ? value : 1));
      assert.deepEqual(
        await selectedBy(THRESHOLDS, high),
        others.map((other) => other || selected),
      );
      const low = THRESHOLDS.map((_, l) => (l === label ? value : 0));
      assert.deepEqual(
        await selectedBy(THRESHOLDS, low),
        others.map((other) => !other && selected),
      );
    }
  });
}

test("the caller's one threshold is reached by equal probabilities, too", () => {
  const prediction: Prediction = {
    scores: [0.75, 0.5, below(0.5)].map((probability, i) => ({
      label: "abc"[i]!,
      probability,
      selected: i === 2,
    })),
    groups: ["title"],
    inputWeights: { title: 1, poster: 1, ratings: 1 },
    attention: {},
    unknown: {},
  };
  const target = sampleTarget(["a", "b", "c"], [0.8, 0.8, 0.4]);
  const selected = (options: AnswerOptions) =>
    (toAnswer(target, prediction, options) as LabelsAnswer).selected;
  assert.deepEqual(selected({ threshold: 0.5 }), ["a", "b"]);
  assert.deepEqual(selected({ threshold: 0.5, topK: 1 }), ["a", "b"]);
  assert.deepEqual(selected({}), ["c"]);
});

test("a threshold that no smaller score bounds is the smallest score, which reaches it", () => {
  const scores = Float32Array.of(0.75, 0.5);
  const targets = Uint8Array.of(1, 1);
  const thresholds = tuneThresholds(scores, targets, 1, { minPositives: 1 });
  assert.deepEqual(thresholds, [0.5]);
  assert.equal(f1Scores(decidedAt(scores, thresholds), targets, 1).micro, 1);
});

test("ten positives give a label a threshold of its own, nine do not", () => {
  // The first label's scores are separable at 0.6875, the second's at 0.3125.
  const tuned = (positives: number) => {
    const movies = Array.from({ length: 2 * positives }, (_, i) => Number(i < positives));
    return tuneThresholds(
      Float32Array.from(movies.flatMap((yes) => (yes ? [0.75, 0.375] : [0.625, 0.25]))),
      Uint8Array.from(movies.flatMap((yes) => [yes, yes])),
      2,
    );
  };
  assert.deepEqual(tuned(10), [0.6875, 0.3125]);
  // Over both labels: all of 0.375 and more, two of three right.
  assert.deepEqual(tuned(9), [0.3125, 0.3125]);
});
