/** Margins as logits: fitted to rows that no model has seen. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { calibrated, fitCalibrated } from "../../../pipeline/regression/calibration.ts";
import { sigmoid } from "../../../pipeline/regression/logistic.ts";
import {
  type LinearModel,
  predictLinear,
  type SparseRows,
  someRows,
} from "../../../pipeline/regression/sparseRows.ts";
import { fitSvm } from "../../../pipeline/regression/svm.ts";
import { sparse } from "./sparse.ts";

/** All models, and the calibration. */
function run(...given: Parameters<typeof fitCalibrated>) {
  const fits = fitCalibrated(...given);
  const models: LinearModel[] = [];
  let fitted = fits.next();
  for (; !fitted.done; fitted = fits.next()) models.push(fitted.value);
  return { models, calibration: fitted.value };
}

/** The one feature as margin, and what each call was fitted to. */
function spy() {
  const seen: number[][] = [];
  const fit = (rows: SparseRows): LinearModel => {
    seen.push([...rows.values]);
    return { weights: Float64Array.of(1), intercept: 0 };
  };
  return { fit, seen };
}

test("the scale and the offset are those of a logistic regression on the margins of all labels", () => {
  const random = createRandom("platt");
  const margins = Array.from({ length: 4000 }, () => [2 * random.normal()]);
  const draw = () =>
    Uint8Array.from(margins, ([margin]) => Number(random.next() < sigmoid(3 * margin! - 1)));
  const folds = Uint8Array.from(margins, (_, row) => row % 3);
  const { calibration } = run(spy().fit, sparse(margins), [draw(), draw()], folds);
  assert.ok(Math.abs(calibration.scale - 3) < 0.15, `${calibration.scale}`);
  assert.ok(Math.abs(calibration.offset + 1) < 0.1, `${calibration.offset}`);
});

test("each part's margins are of a model of the other parts; the model itself is of all rows", () => {
  const rows = sparse([[1], [2], [3], [4], [5], [6]]);
  const { fit, seen } = spy();
  run(fit, rows, [Uint8Array.of(0, 1, 0, 1, 0, 1)], Uint8Array.of(0, 1, 2, 2, 1, 0));
  assert.deepEqual(seen, [
    [2, 3, 4, 5],
    [1, 3, 4, 6],
    [1, 2, 5, 6],
    [1, 2, 3, 4, 5, 6],
  ]);
});

test("of labels that cannot be separated, calibrated margins are nearly no evidence", () => {
  const random = createRandom("noise");
  // More features than rows: on the rows that it was fitted to, every margin is right.
  const dense = Array.from({ length: 90 }, () =>
    Array.from({ length: 200 }, () => random.normal()),
  );
  const truth = Uint8Array.from(dense, () => random.int(2));
  const folds = Uint8Array.from(dense, (_, row) => row % 3);
  const rows = sparse(dense);
  const { models, calibration } = run((some, y) => fitSvm(some, y, 10), rows, [truth], folds);
  const margins = predictLinear(rows, models[0]!);
  assert.ok(margins.every((margin, row) => margin > 0 === (truth[row] === 1)));
  assert.ok(Math.abs(calibration.scale) < 2, `${calibration.scale}`);
});

test("labels without a row in some parts are left to the others; without any, margins stay", () => {
  const rows = sparse([[1], [-1], [2], [-2], [3], [-3]]);
  const fit = (some: SparseRows, truth: Uint8Array) => fitSvm(some, truth, 1);
  const folds = Uint8Array.of(0, 0, 1, 1, 2, 2);
  const once = Uint8Array.of(1, 0, 0, 0, 0, 0);
  const { models, calibration } = run(fit, rows, [once], folds);
  assert.equal(models.length, 1);
  assert.ok(Number.isFinite(calibration.scale) && Number.isFinite(calibration.offset));
  const never = run(fit, rows, [new Uint8Array(6)], folds);
  assert.deepEqual(never.calibration, { scale: 1, offset: 0 });
  assert.equal(never.models[0]!.intercept, -Infinity);
});

test("a calibrated model's values are the scaled margins", () => {
  const rows = sparse([[1, 0], [0, 2], []]);
  const model = { weights: Float64Array.of(0.5, -1), intercept: 0.25 };
  const margins = [...predictLinear(rows, model)];
  const logits = predictLinear(rows, calibrated(model, { scale: 4, offset: -0.5 }));
  assert.deepEqual(
    [...logits],
    margins.map((margin) => 4 * margin - 0.5),
  );
});

test("a label that is never given stays impossible, whatever the scale", () => {
  const never = { weights: new Float64Array(1), intercept: -Infinity };
  for (const scale of [0, -1, 2]) {
    assert.equal(calibrated(never, { scale, offset: 1 }).intercept, -Infinity);
  }
});

test("some rows are those of the indices, in their order", () => {
  const some = someRows(
    sparse([
      [1, 0, 2],
      [0, 0, 0],
      [0, 3, 0],
    ]),
    Uint32Array.of(2, 0, 1),
  );
  assert.deepEqual(
    some,
    sparse([
      [0, 3, 0],
      [1, 0, 2],
      [0, 0, 0],
    ]),
  );
});
