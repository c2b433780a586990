/** Losses against their formulas, and their gradients against finite differences. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { configSchema } from "../../../../pipeline/config/schema.ts";
import { createLoss } from "../../../../pipeline/targets/loss.ts";
import { startBackend } from "../../../../pipeline/train/backend.ts";
import { labelsTarget } from "../../labelsTarget.ts";

before(async () => {
  await startBackend("wasm");
});

const LOGITS = [-3, -0.5, 0.2, 4, 1, -2];
const TARGETS = [0, 1, 0, 1, 1, 0];
const PRIOR = [-1, 0.5, -5];

function lossOf(train: object) {
  const prior = tf.tensor2d([PRIOR]);
  const loss = createLoss(labelsTarget(3), configSchema.parse({ train }).train, prior);
  return (logits: readonly number[]) =>
    tf.tidy(() => [
      ...loss(
        tf.tensor2d([...TARGETS], [2, 3]),
        tf.tensor2d([...logits], [2, 3]),
      ).dataSync<"float32">(),
    ]);
}

type Formula = (y: number, p: number, label: number) => number;

const CASES: [name: string, train: object, formula: Formula][] = [
  ["binary cross-entropy", {}, (y, p) => -(y * Math.log(p) + (1 - y) * Math.log(1 - p))],
  [
    "label smoothing",
    { labelSmoothing: 0.2 },
    (y, p) => {
      const soft = 0.8 * y + 0.1;
      return -(soft * Math.log(p) + (1 - soft) * Math.log(1 - p));
    },
  ],
  [
    "weighted cross-entropy, weights at most 20",
    { loss: "weighted-bce" },
    (y, p, label) =>
      -(y * Math.min(20, Math.exp(-PRIOR[label]!)) * Math.log(p) + (1 - y) * Math.log(1 - p)),
  ],
  [
    "asymmetric, as in Ridnik et al.",
    { loss: "asymmetric" },
    (y, p) => {
      const shifted = Math.max(0, p - 0.05);
      return y === 1 ? -Math.log(p) : -(shifted ** 4) * Math.log(1 - shifted);
    },
  ],
  [
    "asymmetric with a focus on hard positives and no margin",
    { loss: "asymmetric", focusPositive: 1, focusNegative: 2, margin: 0 },
    (y, p) => (y === 1 ? -(1 - p) * Math.log(p) : -(p ** 2) * Math.log(1 - p)),
  ],
];

for (const [name, train, formula] of CASES) {
  test(name, () => {
    const found = lossOf(train)(LOGITS);
    for (const [i, value] of found.entries()) {
      const expected = formula(TARGETS[i]!, 1 / (1 + Math.exp(-LOGITS[i]!)), i % 3);
      assert.ok(Math.abs(value - expected) < 1e-5, `${i}: ${value}, expected ${expected}`);
    }
  });

  test(`${name}: the gradient matches finite differences, and is finite for large logits`, () => {
    const prior = tf.tensor2d([PRIOR]);
    const loss = createLoss(labelsTarget(3), configSchema.parse({ train }).train, prior);
    const y = tf.tensor2d(TARGETS, [2, 3]);
    const gradient = (logits: number[]) =>
      tf.tidy(() => [
        ...tf
          .grad((x) => tf.sum(loss(y, x)))(tf.tensor2d(logits, [2, 3]))
          .dataSync<"float32">(),
      ]);
    const found = gradient(LOGITS);
    const step = 0.01;
    for (const [i, value] of found.entries()) {
      const moved = (by: number) =>
        lossOf(train)(LOGITS.map((logit, j) => (j === i ? logit + by : logit)))[i]!;
      const slope = (moved(step) - moved(-step)) / (2 * step);
      assert.ok(Math.abs(value - slope) < 2e-3, `${i}: ${value}, expected ${slope}`);
    }
    assert.ok(gradient([-80, 80, 80, -80, 80, -80]).every(Number.isFinite));
  });
}
