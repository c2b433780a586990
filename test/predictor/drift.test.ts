import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../pipeline/common/random.ts";
import { driftsOf, stabilityIndex } from "../../predictor/drift.ts";

test("the index is the sum of (p - q) ln(p / q), minus what chance alone gives", () => {
  // Shares of 0.5 and 0.5 against 0.6 and 0.4, of so many items that prior and chance count for nothing.
  const expected = 0.1 * Math.log(0.6 / 0.5) - 0.1 * Math.log(0.4 / 0.5);
  assert.ok(Math.abs(stabilityIndex([5e8, 5e8], [6e8, 4e8]) - expected) < 1e-6);
  const few = stabilityIndex([500, 500], [600, 400]);
  assert.ok(Math.abs(few - (expected - 2 / 1000)) < 1e-3, String(few));
});

test("it is 0 of the same shares, of nothing, and of one bin", () => {
  assert.equal(stabilityIndex([10, 20, 30], [100, 200, 300]), 0);
  assert.equal(stabilityIndex([10, 20], [0, 0]), 0);
  assert.equal(stabilityIndex([10], [10]), 0);
  assert.ok(Number.isFinite(stabilityIndex([10, 0], [0, 10])));
});

/** Counts of draws from a distribution. */
function draw(shares: readonly number[], draws: number, seed: number): number[] {
  const random = createRandom(seed);
  const counts = shares.map(() => 0);
  for (let i = 0; i < draws; i++) {
    let left = random.next();
    const bin = shares.findIndex((share) => {
      left -= share;
      return left < 0;
    });
    counts[bin < 0 ? shares.length - 1 : bin]!++;
  }
  return counts;
}

test("samples of one distribution have an index of about 0, whatever their bins; a shift has a large one", () => {
  for (const bins of [2, 10, 100]) {
    const even = Array.from({ length: bins }, () => 1 / bins);
    const indices = Array.from({ length: 40 }, (_, seed) =>
      stabilityIndex(draw(even, 400, 2 * seed), draw(even, 500, 2 * seed + 1)),
    );
    const mean = indices.reduce((sum, index) => sum + index, 0) / indices.length;
    // By chance alone, it would be 0.44 of 100 bins.
    assert.ok(mean < 0.04, `${bins} bins: ${mean}`);
    const shifted = even.map((share, i) => share * (i < bins / 2 ? 1.6 : 0.4));
    const index = stabilityIndex(draw(even, 400, 1), draw(shifted, 500, 2));
    assert.ok(index > 0.25, `${bins} bins: ${index}`);
  }
});

const COUNTS = {
  items: 100,
  bins: [50, 50],
  selected: [60, 40],
  present: [100, 50],
  unknown: [10, 0],
};

test("there is a drift of scores, labels, each input, and each input with unknown values", () => {
  const profile = { ...COUNTS, edges: [0.5] };
  const kinds = driftsOf(profile, COUNTS).map(({ kind, input, index }) => [kind, input, index]);
  assert.deepEqual(kinds, [
    ["score", undefined, 0],
    ["label", undefined, 0],
    ["input", 0, 0],
    ["unknown", 0, 0],
    ["input", 1, 0],
  ]);
  const changed = { ...COUNTS, bins: [90, 10], present: [100, 5], unknown: [80, 0] };
  const shifted = driftsOf(profile, changed).filter(({ index }) => index > 0.25);
  assert.deepEqual(
    shifted.map(({ kind, input }) => [kind, input]),
    [
      ["score", undefined],
      ["unknown", 0],
      ["input", 1],
    ],
  );
});

test("a target that selects nothing has no drift of labels", () => {
  const nothing = { ...COUNTS, selected: [0] };
  const kinds = driftsOf({ ...nothing, edges: [0.5] }, nothing).map(({ kind }) => kind);
  assert.ok(!kinds.includes("label"));
});
