/** Logistic regression against scikit-learn's solution and the optimality conditions. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { fitLogistic, sigmoid } from "../../../pipeline/regression/logistic.ts";
import { predictLinear, someColumns } from "../../../pipeline/regression/sparseRows.ts";
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

test("weights and intercept equal scikit-learn's LogisticRegression", () => {
  const expected = [
    [0.5, [0.2628333190137956, -0.5115709695435186, 0.3364159188883582], -0.03135001131511913],
    [3, [0.8396954125191346, -1.356592004952841, 0.9314525556946635], -0.10306574383968678],
  ] as const;
  for (const [c, weights, intercept] of expected) {
    const model = fitLogistic(ROWS, TARGETS, c);
    for (const [i, weight] of weights.entries()) {
      assert.ok(Math.abs(model.weights[i]! - weight) < 1e-5, `${model.weights[i]} for ${weight}`);
    }
    assert.ok(Math.abs(model.intercept - intercept) < 1e-5, String(model.intercept));
  }
});

test("a wide random problem is solved to a vanishing gradient", () => {
  const random = createRandom("logistic");
  const dense = Array.from({ length: 60 }, () =>
    Array.from({ length: 90 }, () => (random.next() < 0.1 ? random.normal() : 0)),
  );
  const targets = Uint8Array.from(dense, () => random.int(2));
  const rows = sparse(dense);
  const model = fitLogistic(rows, targets, 100);
  const residuals = predictLinear(rows, model).map((logit, i) => sigmoid(logit) - targets[i]!);
  const total = residuals.reduce((sum, value) => sum + value, 0);
  assert.ok(Math.abs(total) < 1e-4, `intercept gradient ${total}`);
  for (const [column, weight] of model.weights.entries()) {
    const slope = residuals.reduce((sum, value, row) => sum + value * dense[row]![column]!, 0);
    assert.ok(Math.abs(weight + 100 * slope) < 1e-2, `gradient of weight ${column}`);
  }
});

test("a label that is always or never given is predicted with certainty", () => {
  const never = predictLinear(ROWS, fitLogistic(ROWS, new Uint8Array(6), 1));
  assert.deepEqual([...never].map(sigmoid), [0, 0, 0, 0, 0, 0]);
  const always = predictLinear(ROWS, fitLogistic(ROWS, new Uint8Array(6).fill(1), 1));
  assert.deepEqual([...always].map(sigmoid), [1, 1, 1, 1, 1, 1]);
});

test("shapes and C are checked", () => {
  assert.throws(() => fitLogistic(ROWS, new Uint8Array(5), 1), /6 rows and 5 targets/);
  assert.throws(() => fitLogistic(ROWS, TARGETS, 0), /C must be positive, got 0/);
});

test("features without information leave the base rate, at any size and strength", () => {
  for (const count of [20, 48, 61, 500, 3001]) {
    for (const c of [0.1, 1, 3, 100]) {
      for (const kinds of [1, 2]) {
        const targets = Uint8Array.from({ length: count }, (_, i) => Number((i * 7) % 12 === 0));
        const rows = {
          columns: 4,
          offsets: Uint32Array.from({ length: count + 1 }, (_, i) => 3 * i),
          // The same three features in every row, or of two kinds of rows by turns.
          indices: Uint32Array.from(
            { length: 3 * count },
            (_, i) => (i % 3) + (Math.floor(i / 3) % kinds),
          ),
          values: Float64Array.from({ length: 3 * count }, (_, i) => 0.1 + (i % 3) / 3),
        };
        const { weights, intercept } = fitLogistic(rows, targets, c);
        assert.ok([...weights, intercept].every(Number.isFinite), `${count}, ${c}, ${kinds}`);
        if (kinds === 2) continue;
        const positives = targets.reduce((sum, target) => sum + target, 0);
        for (const logit of predictLinear(rows, { weights, intercept })) {
          assert.ok(Math.abs(logit - Math.log(positives / (count - positives))) < 1e-6);
        }
      }
    }
  }
});

test("without empty columns, a fit has the same bits", () => {
  const random = createRandom("empty columns");
  const dense = Array.from({ length: 40 }, () =>
    Array.from({ length: 30 }, (_, column) =>
      column % 3 === 1 && random.next() < 0.4 ? random.normal() : 0,
    ),
  );
  const rows = sparse(dense);
  const targets = Uint8Array.from(dense, (row) => Number(row[4]! + random.normal() > 0));
  const used = someColumns(rows);
  assert.deepEqual([...used.columns], [1, 4, 7, 10, 13, 16, 19, 22, 25, 28]);
  assert.equal(used.rows.columns, 10);
  const [whole, part] = [fitLogistic(rows, targets, 1), fitLogistic(used.rows, targets, 1)];
  const weights = new Float64Array(30);
  for (const [place, column] of used.columns.entries()) weights[column] = part.weights[place]!;
  assert.deepEqual(weights, whole.weights);
  assert.equal(part.intercept, whole.intercept);
  assert.ok(weights.some((weight) => weight !== 0));
  assert.deepEqual(predictLinear(used.rows, part), predictLinear(rows, whole));
});
