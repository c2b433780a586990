/** Moments and lengths of sequences. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Value } from "../../../../pipeline/dataset/dataset.ts";
import type { DeclaredSequence } from "../../../../pipeline/inputs/sequence/data.ts";
import { type SequenceInput, sequence } from "../../../../pipeline/inputs/sequence/fit.ts";
import { sequence as encoding } from "../../../../predictor/inputs/sequence.ts";
import { contextOf, itemsOf } from "../fitContext.ts";

const VALUES = [
  [
    [1, 7],
    [3, 7],
  ],
  undefined,
  [
    [5, 7],
    [7, 7],
    [9, 7],
  ],
];

function fit(values: readonly (Value | undefined)[], options: object = {}): SequenceInput {
  const declared: DeclaredSequence = { type: "sequence" };
  const inputs = { steps: declared };
  const context = contextOf(inputs, itemsOf("steps", values), { options: { steps: options } });
  return sequence.fit("steps", declared, context) as SequenceInput;
}

test("mean and standard deviation are over all steps; a constant feature keeps its scale", () => {
  const { spec } = fit(VALUES);
  assert.deepEqual([spec.features, spec.maxSteps], [2, 3]);
  assert.ok(Math.abs(spec.mean[0]! - 5) < 1e-12 && Math.abs(spec.mean[1]! - 7) < 1e-12);
  assert.ok(Math.abs(spec.std[0]! - Math.sqrt(8)) < 1e-12);
  assert.equal(spec.std[1], 1);
});

test("small units are standardised like others, and a constant keeps its scale in any unit", () => {
  for (const unit of [1e-9, 1e-200, 1, 1e30]) {
    // Ten times 0.1 do not have it as their mean.
    const rows = Array.from({ length: 10 }, (_, i) => [[i * unit, 0.1 * unit]]);
    const { spec } = fit(rows);
    const expected = Math.sqrt(8.25) * unit;
    assert.ok(Math.abs(spec.std[0]! / expected - 1) < 1e-12, `${unit}: ${spec.std[0]}`);
    assert.equal(spec.std[1], 1, String(unit));
    const encoded = encoding.encoder("steps", spec)({ steps: rows[9] });
    assert.ok(Math.abs(encoded[0]! - 4.5 / Math.sqrt(8.25)) < 1e-6, `${unit}: ${encoded[0]}`);
  }
});

test("numbers at the end of float32 stay in it once they are standardised", () => {
  const declared: DeclaredSequence = { type: "sequence" };
  const others = itemsOf("steps", [[[3e38, 7]]]).map((item) => ({
    ...item,
    split: "test" as const,
  }));
  const small = itemsOf("steps", [[[0.1, 7]], [[0.2, 7]]]);
  const { spec } = sequence.fit(
    "steps",
    declared,
    contextOf({ steps: declared }, small, { others }),
  ) as SequenceInput;
  assert.ok(Number.isFinite(Math.fround((3e38 - spec.mean[0]!) / spec.std[0]!)));
  assert.equal(spec.std[1], 1);
});

test("steps that are cut off do not count", () => {
  const { spec } = fit(VALUES, { maxSteps: 1 });
  assert.equal(spec.maxSteps, 1);
  assert.ok(Math.abs(spec.mean[0]! - 3) < 1e-12);
});

test("a sequence that no item has is refused by its key", () => {
  assert.throws(() => fit([undefined]), /^InputError: inputs\.steps: has no value in any row/);
});
