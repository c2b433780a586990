/** Which baseline meets which row of the model. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate } from "../../../pipeline/evaluate/evaluate.ts";
import { baselineGains, headline } from "../../../pipeline/report/headline.ts";
import { labelsTarget, MOVIE_GROUPING } from "../labelsTarget.ts";

const TRUTH = Uint8Array.of(1, 0, 0, 0, 1, 0);
const RIGHT = Float32Array.of(0.9, 0.1, 0.2, 0.1, 0.9, 0.2);
/** The true label of each of the two movies is second, as AP 1/2. */
const SECOND = Float32Array.of(0.5, 0.9, 0.2, 0.1, 0.5, 0.9);
const THIRD = Float32Array.of(0.1, 0.9, 0.8, 0.8, 0.1, 0.9);

const report = evaluate({
  target: labelsTarget(3),
  truth: TRUTH,
  facts: [
    { present: ["title", "ratings"], ratings: 9 },
    { present: ["title", "ratings"], ratings: 9 },
  ],
  grouping: MOVIE_GROUPING,
  subsets: [
    { name: "all inputs", inputs: ["title", "ratings"], scores: RIGHT },
    { name: "title", inputs: ["title"], scores: THIRD },
  ],
  baselines: [
    { name: "words", inputs: ["title"], scores: SECOND },
    { name: "frequency", inputs: [], scores: THIRD },
    { name: "neighbours", inputs: ["ratings"], scores: RIGHT },
    { name: "unfitted", inputs: ["title"], scores: null },
  ],
  thresholds: { perLabel: [0.5, 0.5, 0.5], subsets: [] },
  seed: 1,
});

test("a baseline meets the model with its inputs, else with all; the largest gain comes first", () => {
  const rounded = baselineGains(report).map(({ baseline, inputs, model, reference, gain }) => [
    baseline,
    inputs,
    ...[model, reference, gain].map((value) => Number(value.toFixed(3))),
  ]);
  assert.deepEqual(rounded, [
    ["frequency", "all inputs", 1, 0.333, 0.667],
    ["neighbours", "all inputs", 1, 1, 0],
    ["words", "title", 0.333, 0.5, -0.167],
  ]);
});

test("the headline has the figure, the best baseline, and where a baseline is better", () => {
  assert.deepEqual(headline(report, "test"), [
    "mAP@5 on the 2 test movies, from all inputs: 1.000 [1.000, 1.000].",
    "The best baseline, neighbours, has 1.000: the model is 0.000 better.",
    "Where a baseline wins: words has 0.500, the model from title 0.333.",
  ]);
});

test("where smaller is better, a smaller figure is a gain", () => {
  const smaller = { ...report, better: "smaller" as const };
  assert.deepEqual(
    baselineGains(smaller).map(({ baseline, gain }) => [baseline, Math.sign(gain) + 0]),
    [
      ["words", 1],
      ["neighbours", 0],
      ["frequency", -1],
    ],
  );
  assert.match(
    headline(smaller, "test")[1]!,
    /^The best baseline, frequency, has 0\.333: .* worse/,
  );
});
