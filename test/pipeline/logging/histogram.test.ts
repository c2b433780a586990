import assert from "node:assert/strict";
import { test } from "node:test";
import { histogramOf } from "../../../pipeline/logging/histogram.ts";

test("every value is in the bucket that ends at or above it", () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i) * 3);
  const { min, max, num, sum, sumSquares, bucketLimit, bucket } = histogramOf(values);
  assert.equal(num, 1000);
  assert.equal(min, Math.min(...values));
  assert.equal(max, Math.max(...values));
  assert.equal(
    sum,
    values.reduce((total, value) => total + value, 0),
  );
  assert.equal(
    sumSquares,
    values.reduce((total, value) => total + value * value, 0),
  );
  let below = 0;
  for (const [i, limit] of bucketLimit!.entries()) {
    below += bucket![i]!;
    // Values at a limit may be counted on either side of it.
    const expected = values.filter((value) => value <= limit).length;
    assert.ok(Math.abs(below - expected) <= 1, `bucket ${i}: ${below} and ${expected}`);
  }
  assert.equal(below, 1000);
  assert.equal(bucketLimit!.at(-1), max);
});

test("equal values, no values, and values that are not finite", () => {
  const equal = histogramOf(new Float32Array(5).fill(2));
  assert.deepEqual([equal.bucketLimit, equal.bucket], [[2], [5]]);
  assert.deepEqual(histogramOf(new Float32Array(0)), {});
  const odd = histogramOf(Float32Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY, 3));
  assert.deepEqual([odd.num, odd.min, odd.max], [2, 1, 3]);
});
