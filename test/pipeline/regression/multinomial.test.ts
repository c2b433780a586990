/** Multinomial regression against the optimality conditions, and against logistic regression. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { fitLogistic } from "../../../pipeline/regression/logistic.ts";
import { fitMultinomial } from "../../../pipeline/regression/multinomial.ts";
import { predictLinear } from "../../../pipeline/regression/sparseRows.ts";
import { sparse } from "./sparse.ts";

const random = createRandom("multinomial");
const DENSE = Array.from({ length: 80 }, () =>
  Array.from({ length: 12 }, () => (random.next() < 0.4 ? random.normal() : 0)),
);
const ROWS = sparse(DENSE);

function probabilities(logits: readonly Float64Array[], row: number): number[] {
  const powers = logits.map((ofClass) => Math.exp(ofClass[row]!));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

test("the gradient vanishes for every class", () => {
  const targets = Uint32Array.from(DENSE, (row) =>
    row[0]! > 0.2 ? 0 : row[1]! + random.normal() / 4 > 0 ? 1 : 2,
  );
  const models = fitMultinomial(ROWS, targets, 3, 5);
  const logits = models.map((model) => predictLinear(ROWS, model));
  for (const [k, { weights }] of models.entries()) {
    const residuals = DENSE.map(
      (_, row) => probabilities(logits, row)[k]! - Number(targets[row] === k),
    );
    assert.ok(Math.abs(residuals.reduce((sum, value) => sum + value, 0)) < 1e-3);
    for (const [column, weight] of weights.entries()) {
      const slope = residuals.reduce((sum, value, row) => sum + value * DENSE[row]![column]!, 0);
      assert.ok(Math.abs(weight + 5 * slope) < 1e-2, `class ${k}, column ${column}`);
    }
  }
});

test("with two classes, it is logistic regression with half the penalty", () => {
  // |w|^2 / 2 of each of two opposite vectors is |w_0 - w_1|^2 / 4 in all.
  const targets = Uint8Array.from(DENSE, (row) => Number(row[3]! + random.normal() > 0));
  const [first, second] = fitMultinomial(ROWS, Uint32Array.from(targets), 2, 1);
  const single = fitLogistic(ROWS, targets, 2);
  for (const [column, weight] of single.weights.entries()) {
    assert.ok(Math.abs(second!.weights[column]! - first!.weights[column]! - weight) < 1e-4);
  }
  assert.ok(Math.abs(second!.intercept - first!.intercept - single.intercept) < 1e-4);
});

test("a class that no row has is never predicted, and one class alone always", () => {
  const targets = Uint32Array.from(DENSE, (_, i) => (i % 2) * 2);
  const models = fitMultinomial(ROWS, targets, 3, 1);
  assert.equal(models[1]!.intercept, Number.NEGATIVE_INFINITY);
  assert.deepEqual([...models[1]!.weights], new Array(12).fill(0));
  const only = fitMultinomial(ROWS, new Uint32Array(80), 2, 1);
  assert.deepEqual(
    only.map(({ intercept }) => intercept),
    [0, Number.NEGATIVE_INFINITY],
  );
});

test("shapes and C are checked", () => {
  assert.throws(() => fitMultinomial(ROWS, new Uint32Array(3), 2, 1), /80 rows and 3 targets/);
  assert.throws(() => fitMultinomial(ROWS, new Uint32Array(80), 2, -1), /C must be positive/);
});
