/** Bootstrap intervals: agreement with theory, seeds and edge cases. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bootstrapMean } from "../../../pipeline/evaluate/bootstrap.ts";

test("the interval agrees with the normal approximation on many movies", () => {
  // 400 values of 0 and 1 in equal numbers: the mean's standard error is 0.5 / sqrt(400) = 0.025.
  const values = Float64Array.from({ length: 400 }, (_, i) => i % 2);
  const interval = bootstrapMean(values, { seed: 7, resamples: 4000 });
  assert.ok(interval);
  assert.equal(interval.mean, 0.5);
  assert.ok(Math.abs(interval.low - (0.5 - 1.96 * 0.025)) < 0.005, String(interval.low));
  assert.ok(Math.abs(interval.high - (0.5 + 1.96 * 0.025)) < 0.005, String(interval.high));
});

test("equal seeds give equal intervals, other seeds others", () => {
  const values = Float64Array.from({ length: 50 }, (_, i) => Math.sin(i) ** 2);
  assert.deepEqual(bootstrapMean(values, { seed: 1 }), bootstrapMean(values, { seed: 1 }));
  assert.notDeepEqual(bootstrapMean(values, { seed: 1 }), bootstrapMean(values, { seed: 2 }));
});

test("movies without a value are ignored; without any value there is no interval", () => {
  const nan = Number.NaN;
  assert.deepEqual(
    bootstrapMean([0.25, nan, 0.75, nan], { seed: 3 }),
    bootstrapMean([0.25, 0.75], { seed: 3 }),
  );
  assert.equal(bootstrapMean([nan, nan], { seed: 3 }), undefined);
  assert.equal(bootstrapMean([], { seed: 3 }), undefined);
  assert.deepEqual(bootstrapMean([0.5], { seed: 3 }), { mean: 0.5, low: 0.5, high: 0.5 });
});

test("the number of resamples is validated", () => {
  assert.throws(() => bootstrapMean([1], { seed: 0, resamples: 0 }), /positive integer, got 0/);
  assert.throws(() => bootstrapMean([1], { seed: 0, resamples: 1.5 }), RangeError);
});

test("property: the interval lies within the range of the values, and low is at most high", () => {
  const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(
    fc.property(values, fc.integer(), (list, seed) => {
      const interval = bootstrapMean(list, { seed, resamples: 50 });
      assert.ok(interval);
      assert.ok(interval.low <= interval.high);
      assert.ok(interval.low >= Math.min(...list) - 1e-12);
      assert.ok(interval.high <= Math.max(...list) + 1e-12);
    }),
  );
});
