/** Figures of classes, computed by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ClassDetail,
  classEvaluation,
} from "../../../../pipeline/targets/class/evaluation.ts";

// biome-ignore format: a matrix reads best as rows
const SCORES = Float32Array.of(
  0.7, 0.1, 0.1, 0.1,
  0.4, 0.3, 0.2, 0.1,
  0.1, 0.2, 0.3, 0.4,
  0.05, 0.05, 0.1, 0.8,
);
const TRUTH = Uint8Array.of(1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1);
const SCORED = {
  scores: SCORES,
  truth: TRUTH,
  target: { type: "class" as const, outputs: ["a", "b", "c", "d"], prior: new Float32Array(4) },
};
const figure = (name: string) =>
  classEvaluation.figures(SCORED, undefined).find(({ metric }) => metric === name)!.value!;

test("accuracy, macro F1, top-3 and log loss", () => {
  assert.deepEqual([...classEvaluation.metric.perItem(SCORES, TRUTH, 4)], [1, 0, 0, 1]);
  // a: 1 of 2 answers and 1 of 2 items; b: none of 1 item; c: neither there nor answered; d: 1 of 2 answers, of 1 item.
  assert.ok(Math.abs(figure("macro F1") - (1 / 2 + 0 + 2 / 3) / 3) < 1e-12);
  assert.equal(figure("top-3"), 3 / 4);
  const loss = -(Math.log(0.7) + Math.log(0.3) + Math.log(0.1) + Math.log(0.8)) / 4;
  assert.ok(Math.abs(figure("log loss") - loss) < 1e-6);
});

test("the confusion matrix has true classes in rows, and calibration is of the answered class", () => {
  const detail = classEvaluation.detail(SCORED, {
    thresholds: undefined,
    present: [],
  }) as ClassDetail;
  assert.deepEqual(detail.confusion, [
    [1, 0, 0, 1],
    [1, 0, 0, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 1],
  ]);
  const [a, b, c] = detail.classes;
  assert.deepEqual([a!.support, a!.precision, a!.recall], [2, 1 / 2, 1 / 2]);
  assert.deepEqual([b!.precision, b!.recall, c!.recall], [null, 0, null]);
  const pairs = [...classEvaluation.calibration!.pairs(SCORED)];
  assert.deepEqual(
    pairs.map(([p, right]) => [Number(p.toFixed(2)), right]),
    [
      [0.7, true],
      [0.4, false],
      [0.4, false],
      [0.8, true],
    ],
  );
});
