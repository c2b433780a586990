/** Features of numbers, compared with their definition. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { tensor2d } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-layers";
import type { NumberFit } from "../../../../pipeline/inputs/number/fit.ts";
import { fittedFeatures, fittedWeights } from "../../../../pipeline/inputs/number/tower.ts";
import { setWeights } from "../../../../pipeline/model/weights.ts";
import { startBackend } from "../../../../pipeline/train/backend.ts";

const FITS: readonly NumberFit[] = [
  { clip: 3, places: [-2, -0.5, 0, 4] },
  { clip: 3, places: [-90, 0.25, 1, 1.5] },
];

/** Each row [N], null where a number is unknown. */
const ROWS: readonly (readonly (number | null)[])[] = [
  [-5, -100],
  [-1, 0],
  [0, 0.5],
  [2, 1.25],
  [7, 40],
  [null, 1],
  [1, null],
  [null, null],
];

before(() => startBackend("cpu"));

test("a number is clipped, and its steps rise from 0 to 1 between two places; unknown ones have none", () => {
  const n = FITS.length;
  const value = tf.input({ shape: [n] });
  const known = tf.input({ shape: [n] });
  const { encoded: features } = fittedFeatures("x", { value, known }, FITS);
  const model = tf.model({ inputs: [value, known], outputs: features });
  setWeights(model, fittedWeights("x", FITS));
  const output = model.predict([
    tensor2d(ROWS.map((row) => row.map((x) => x ?? 0))),
    tensor2d(ROWS.map((row) => row.map((x) => (x === null ? 0 : 1)))),
  ]) as ReturnType<typeof tensor2d>;
  const expected = ROWS.map((row) => [
    ...row.map((x) => Math.min(3, Math.max(-3, x ?? 0))),
    ...row.flatMap((x, i) => stepsOf(x, FITS[i]!)),
  ]);
  const rows = output.arraySync();
  for (const [r, row] of expected.entries()) {
    assert.equal(rows[r]!.length, row.length);
    for (const [i, wanted] of row.entries()) {
      const got = rows[r]![i]!;
      assert.ok(Math.abs(got - wanted) < 1e-5, `row ${r}, feature ${i}: ${got}, not ${wanted}`);
    }
  }
  assert.ok(
    rows.at(-1)!.every((x) => x === 0),
    "exactly 0 where nothing is known",
  );
});

function stepsOf(x: number | null, { places }: NumberFit): number[] {
  return places.slice(1).map((end, i) => {
    const start = places[i]!;
    return x === null ? 0 : Math.min(1, Math.max(0, (x - start) / (end - start)));
  });
}

test("steps that begin near the end of float32 are numbers", () => {
  const fits = [{ clip: 3, places: [-3e38, 0, 1] }];
  const value = tf.input({ shape: [1] });
  const known = tf.input({ shape: [1] });
  const { encoded: features } = fittedFeatures("x", { value, known }, fits);
  const model = tf.model({ inputs: [value, known], outputs: features });
  setWeights(model, fittedWeights("x", fits));
  const [row] = (
    model.predict([tensor2d([[0.5]]), tensor2d([[1]])]) as ReturnType<typeof tensor2d>
  ).arraySync();
  assert.deepEqual(row, [0.5, 1, 0.5]);
});

test("numbers without steps have only themselves", () => {
  const fits = [{ clip: 2, places: [] }];
  assert.equal(fittedWeights("x", fits).size, 0);
  const value = tf.input({ shape: [1] });
  const known = tf.input({ shape: [1] });
  const { encoded: features } = fittedFeatures("x", { value, known }, fits);
  assert.deepEqual(features.shape, [null, 1]);
});
