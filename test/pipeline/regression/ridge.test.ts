/** Ridge regression against the normal equations. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Matrix, solve } from "ml-matrix";
import { createRandom } from "../../../pipeline/common/random.ts";
import { fitRidge } from "../../../pipeline/regression/ridge.ts";
import { sparse } from "./sparse.ts";

const random = createRandom("ridge");
const DENSE = Array.from({ length: 40 }, () => Array.from({ length: 7 }, () => random.normal()));
const TARGETS = DENSE.map((row) => 3 + 2 * row[0]! - row[1]! + random.normal());

test("weights and intercept solve the normal equations", () => {
  const c = 0.5;
  const { weights, intercept } = fitRidge(sparse(DENSE), TARGETS, c);
  const x = new Matrix(DENSE.map((row) => [...row, 1]));
  const left = x.transpose().mmul(x).mul(c);
  for (let i = 0; i < 7; i++) left.set(i, i, left.get(i, i) + 1);
  const expected = solve(left, x.transpose().mmul(Matrix.columnVector(TARGETS)).mul(c)).to1DArray();
  for (const [i, weight] of [...weights, intercept].entries()) {
    assert.ok(Math.abs(weight - expected[i]!) < 1e-5, `${weight} for ${expected[i]}`);
  }
});

test("equal targets leave their mean", () => {
  const { weights, intercept } = fitRidge(sparse(DENSE), new Array(40).fill(4), 1);
  assert.ok(Math.abs(intercept - 4) < 1e-9);
  assert.ok(weights.every((weight) => Math.abs(weight) < 1e-9));
});

test("shapes and C are checked", () => {
  assert.throws(() => fitRidge(sparse(DENSE), [1], 1), /40 rows and 1 targets/);
  assert.throws(() => fitRidge(sparse(DENSE), TARGETS, 0), /C must be positive/);
});
