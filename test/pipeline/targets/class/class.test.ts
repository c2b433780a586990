/** Reading, losses and answers of classes. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { classRules } from "../../../../pipeline/targets/class/class.ts";
import { startBackend } from "../../../../pipeline/train/backend.ts";

before(async () => {
  await startBackend("cpu");
});

const OPTIONS = { loss: "", focusPositive: 0, focusNegative: 0, margin: 0, labelSmoothing: 0 };
const LOGITS = [0.5, -1, 2, 0, 0, 0];
const TARGETS = [1, 0, 0, 0, 0, 1];

function lossOf(name: string, options = {}): number[] {
  return tf.tidy(() => {
    const prior = tf.tensor2d([[0.5, 0.3, 0.005].map(Math.log)]);
    const loss = classRules.losses[name]!.create({ ...OPTIONS, ...options }, prior);
    return [
      ...loss(tf.tensor2d(TARGETS, [2, 3]), tf.tensor2d(LOGITS, [2, 3])).dataSync<"float32">(),
    ];
  });
}

const softmax = (row: number[]) => {
  const sum = row.reduce((total, z) => total + Math.exp(z), 0);
  return row.map((z) => Math.exp(z) / sum);
};
const close = (found: readonly number[], expected: readonly number[]) => {
  assert.equal(found.length, expected.length);
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs(found[i]! - value) < 1e-5, `${found} for ${expected}`);
  }
};
const P = [softmax(LOGITS.slice(0, 3)), softmax(LOGITS.slice(3))];

test("cross-entropy, smoothed and weighted", () => {
  close(lossOf("cross-entropy"), [-Math.log(P[0]![0]!), -Math.log(P[1]![2]!)]);
  const smooth = (row: number[], k: number) =>
    -row.reduce((sum, p, i) => sum + (0.8 * Number(i === k) + 0.2 / 3) * Math.log(p), 0);
  close(lossOf("cross-entropy", { labelSmoothing: 0.2 }), [smooth(P[0]!, 0), smooth(P[1]!, 2)]);
  // 1 / (3 x 0.5), and 1 / (3 x 0.005), which is above the largest weight.
  close(lossOf("weighted"), [-Math.log(P[0]![0]!) / 1.5, -Math.log(P[1]![2]!) * 20]);
});

test("answers are softmax of the logits", () => {
  const target = { type: "class" as const, outputs: ["a", "b", "c"], prior: new Float32Array(3) };
  close([...classRules.answers(Float32Array.from(LOGITS), target)], P.flat());
});

const item = (label: string) => ({ labels: [label] });
const DECLARED = { type: "class" as const, column: "kind" };

test("one class only, and classes of one item each, are refused with what to do", () => {
  assert.throws(
    () => classRules.outputs(["a", "a"].map(item), DECLARED),
    /target\.column: all items have "a" in "kind" and nothing else.*name another column/,
  );
  assert.throws(
    () => classRules.outputs(["a", "b", "c"].map(item), DECLARED),
    /each of the 3 classes in "kind" has only one item.*name another column/,
  );
  assert.deepEqual(classRules.outputs(["a", "b", "a"].map(item), DECLARED), ["a", "b"]);
});

test("a class without training items keeps a finite prior", () => {
  const { prior } = classRules.fit(["a", "a"].map(item), ["a", "b"], DECLARED);
  assert.equal(prior[0], 0);
  assert.ok(prior[1]! < -6 && Number.isFinite(prior[1]!));
});
