/** Linear support vector machines against scikit-learn's solution and the optimality conditions. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { predictLinear } from "../../../pipeline/regression/sparseRows.ts";
import { fitSvm } from "../../../pipeline/regression/svm.ts";
import { sparse } from "./sparse.ts";

const ROWS = sparse([
  [1, 0, 2],
  [0, 1, 0],
  [0, 0, 1],
  [0.5, 0, 0],
  [0, 2, 1],
  [0, 0, 0],
]);
const TARGETS = Uint8Array.of(1, 0, 1, 1, 0, 0);

test("weights and intercept equal scikit-learn's LinearSVC", () => {
  const expected = [
    [0.5, [0.4132841328410804, -0.6309963099631497, 0.4428044280442035], -0.03321033210350004],
    [3, [1.5279422849135762, -0.8437600947559971, 1.0311187681704075], -0.2732852374287468],
  ] as const;
  for (const [c, weights, intercept] of expected) {
    const model = fitSvm(ROWS, TARGETS, c);
    for (const [i, weight] of weights.entries()) {
      assert.ok(Math.abs(model.weights[i]! - weight) < 1e-6, `${model.weights[i]} for ${weight}`);
    }
    assert.ok(Math.abs(model.intercept - intercept) < 1e-6, String(model.intercept));
  }
});

test("a wide random problem is solved to a vanishing gradient, the intercept's too", () => {
  const random = createRandom("svm");
  const dense = Array.from({ length: 60 }, () =>
    Array.from({ length: 90 }, () => (random.next() < 0.1 ? random.normal() : 0)),
  );
  const targets = Uint8Array.from(dense, () => random.int(2));
  const rows = sparse(dense);
  const model = fitSvm(rows, targets, 10);
  const slopes = predictLinear(rows, model).map((margin, i) => {
    const y = targets[i] === 1 ? 1 : -1;
    return -2 * 10 * y * Math.max(0, 1 - y * margin);
  });
  assert.ok(slopes.some((slope) => slope === 0) && slopes.some((slope) => slope !== 0));
  const parameters = [...model.weights, model.intercept];
  for (const [column, parameter] of parameters.entries()) {
    const slope = slopes.reduce((sum, value, row) => sum + value * (dense[row]![column] ?? 1), 0);
    assert.ok(Math.abs(parameter + slope) < 1e-3, `gradient ${parameter + slope} of ${column}`);
  }
});

test("a label that is always or never given has an infinite margin", () => {
  const never = fitSvm(ROWS, new Uint8Array(6), 1);
  assert.deepEqual([...predictLinear(ROWS, never)], new Array(6).fill(-Infinity));
  const always = fitSvm(ROWS, new Uint8Array(6).fill(1), 1);
  assert.deepEqual([...predictLinear(ROWS, always)], new Array(6).fill(Infinity));
});

test("shapes and C are checked", () => {
  assert.throws(() => fitSvm(ROWS, new Uint8Array(5), 1), /6 rows and 5 targets/);
  assert.throws(() => fitSvm(ROWS, TARGETS, 0), /C must be positive, got 0/);
});
