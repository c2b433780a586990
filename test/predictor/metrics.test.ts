/** The metrics against hand-computed cases, scikit-learn's values and properties that always hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  averagePrecision,
  averagePrecisionAtK,
  bestLabels,
  f1Scores,
  labelRankingAveragePrecision,
  meanOfKnown,
  perItemAveragePrecision,
  rankLabels,
} from "../../predictor/metrics.ts";
import { tuneThresholds } from "../../predictor/thresholds.ts";
import { countingReads, sortedBy } from "../countWork.ts";
import { decidedAt } from "./decidedAt.ts";

/** Four labels, with ties inside rows and inside columns; the last item has no label. */
const LABELS = 4;
// biome-ignore format: a matrix reads best as rows
const SCORES = Float32Array.of(
  0.9, 0.2, 0.4, 0.4,
  0.5, 0.5, 0.5, 0.1,
  0.1, 0.8, 0.3, 0.7,
  0.6, 0.6, 0.2, 0.9,
  0.3, 0.1, 0.9, 0.4,
  0.7, 0.4, 0.4, 0.2,
);
// biome-ignore format: a matrix reads best as rows
const TARGETS = Uint8Array.of(
  1, 0, 1, 0,
  0, 1, 1, 0,
  0, 1, 0, 0,
  1, 0, 0, 0,
  1, 1, 1, 1,
  0, 0, 0, 0,
);
const THRESHOLDS = Float32Array.of(0.5, 0.5, 0.4, 0.4);

const close = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 1e-12, `expected ${expected}, got ${actual}`);

test("rankLabels sorts descending and breaks ties by label index", () => {
  assert.deepEqual(rankLabels([0.2, 0.9, 0.2, 0.5]), [1, 3, 0, 2]);
  assert.deepEqual(rankLabels([0.5, 0.5, 0.5]), [0, 1, 2]);
  assert.deepEqual(rankLabels([]), []);
  assert.throws(() => rankLabels([0.1, Number.NaN]), /label 1 is NaN/);
});

test("bestLabels gives the first of rankLabels, ties and infinite scores included", () => {
  const score = fc.constantFrom(0, -0, 0.25, 0.5, 1, Infinity, -Infinity);
  fc.assert(
    fc.property(fc.array(score), fc.integer({ min: 1, max: 9 }), (scores, k) => {
      assert.deepEqual(bestLabels(scores, k), rankLabels(scores).slice(0, k));
    }),
    { seed: 1 },
  );
});

/** Scores in a fixed random order, and targets of which every second is relevant: for one item. */
function manyLabels(labels: number) {
  const scores = Float32Array.from({ length: labels }, (_, i) => ((i * 7919) % labels) / labels);
  return { scores, targets: Uint8Array.from(scores, (_, i) => i % 2) };
}

test("AP@5 of an item does not sort all of its labels", async () => {
  const labels = 10_000;
  const { scores, targets } = manyLabels(labels);
  const sorted = await sortedBy(() => perItemAveragePrecision(scores, targets, labels, 5));
  assert.ok(sorted < labels / 10, `${sorted} labels sorted`);
});

test("LRAP does not compare every relevant label with all others", () => {
  const readsOf = (labels: number) => {
    const { scores, targets } = manyLabels(labels);
    const { array, reads } = countingReads(scores);
    labelRankingAveragePrecision(array, targets, labels);
    return reads();
  };
  const [few, many] = [readsOf(250), readsOf(1000)];
  assert.ok(many < 6 * few, `${few} scores read for 250 labels, ${many} for 1000`);
});

test("average precision and thresholds sort scores as plain numbers", async () => {
  const labels = 100;
  const scores = Float32Array.from({ length: 50 * labels }, (_, i) => ((i * 7919) % 5000) / 5000);
  const targets = Uint8Array.from(scores, (_, i) => Number(i % 3 === 0));
  const sorted = await sortedBy(() => {
    averagePrecision(scores, targets, labels);
    tuneThresholds(scores, targets, labels);
  });
  assert.equal(sorted, 0);
});

test("AP@K counts precision at hits and divides by min(relevant, K)", () => {
  const ranked = [2, 0, 1, 3];
  close(averagePrecisionAtK(ranked, [0, 0, 1, 0], 5), 1);
  close(averagePrecisionAtK(ranked, [1, 0, 0, 0], 5), 1 / 2);
  close(averagePrecisionAtK(ranked, [1, 0, 0, 1], 5), (1 / 2 + 2 / 4) / 2);
  // One of two relevant labels within K = 1: divided by min(2, 1).
  close(averagePrecisionAtK(ranked, [0, 0, 1, 1], 1), 1);
  close(averagePrecisionAtK(ranked, [0, 0, 0, 1], 3), 0);
  assert.ok(Number.isNaN(averagePrecisionAtK(ranked, [0, 0, 0, 0], 5)));
  assert.throws(() => averagePrecisionAtK(ranked, [1, 0, 0, 0], 0), /positive integer, got 0/);
  assert.throws(() => averagePrecisionAtK(ranked, [1, 0, 0, 0], 2.5), RangeError);
});

test("mAP@K equals the reference implementation and leaves items without labels out", () => {
  // Expected: Kaggle's `apk` in Python on numpy's stable ranking of the same rows.
  const expected = [
    [1, 0.6],
    [2, 0.75],
    [3, 0.8166666666666667],
    [4, 0.8166666666666667],
    [10, 0.8166666666666667],
  ] as const;
  for (const [k, value] of expected) {
    close(meanOfKnown(perItemAveragePrecision(SCORES, TARGETS, LABELS, k)), value);
  }
  const values = perItemAveragePrecision(SCORES, TARGETS, LABELS, 2);
  assert.deepEqual([...values], [1, 0.25, 1, 0.5, 1, Number.NaN]);
  const none = meanOfKnown(
    perItemAveragePrecision(SCORES.subarray(20), TARGETS.subarray(20), LABELS, 5),
  );
  assert.ok(Number.isNaN(none));
});

test("LRAP, F1 and average precision equal scikit-learn 1.x on the same matrices", () => {
  close(labelRankingAveragePrecision(SCORES, TARGETS, LABELS), 0.8055555555555557);
  const f1 = f1Scores(decidedAt(SCORES, THRESHOLDS), TARGETS, LABELS);
  close(f1.micro, 0.64);
  close(f1.macro, 0.6238095238095238);
  close(f1.samples, 0.5722222222222222);
  const expected = [0.7555555555555555, 0.7222222222222222, 0.9166666666666665, 0.25];
  for (const [label, value] of averagePrecision(SCORES, TARGETS, LABELS).entries()) {
    close(value, expected[label]!);
  }
});

test("a label that nobody has has no average precision, and the macro F1 is of the others", () => {
  const scores = Float32Array.of(0.9, 0.1, 0.8, 0.2);
  const targets = Uint8Array.of(1, 0, 1, 0);
  const [first, second] = averagePrecision(scores, targets, 2);
  assert.equal(first, 1);
  assert.ok(Number.isNaN(second));
  assert.deepEqual(f1Scores(decidedAt(scores, [0.5, 0.5]), targets, 2), {
    micro: 1,
    macro: 1,
    samples: 1,
    perLabel: Float64Array.of(1, 0),
  });
  assert.equal(
    f1Scores(decidedAt(scores, [0.5, 0.15]), targets, 2).macro,
    0.5,
    "wrong answers count",
  );
  assert.equal(f1Scores(new Uint8Array(4), new Uint8Array(4), 2).macro, 0);
});

test("tuneThresholds finds the F1 maximum midway between scores and prefers fewer labels", () => {
  const scores = Float32Array.of(0.9, 0.75, 0.5, 0.25, 0.125);
  const tune = (...targets: number[]) =>
    tuneThresholds(scores, Uint8Array.from(targets), 1, { minPositives: 1 })[0];
  assert.equal(tune(1, 1, 0, 0, 0), (0.75 + 0.5) / 2);
  // F1 is 2/3 after one hit of one taken and again after two hits of four: the higher one wins.
  assert.equal(tune(1, 0, 0, 1, 0), (scores[0]! + 0.75) / 2);
  assert.equal(tune(1, 1, 1, 1, 1), 0.125);
  assert.equal(tune(0, 0, 0, 0, 0), 0.5);
});

test("tuneThresholds takes equal scores in one step", () => {
  const scores = Float32Array.of(0.5, 0.5, 0.25);
  // A cut inside the tie would reach F1 = 1, but no threshold can make it.
  const thresholds = tuneThresholds(scores, Uint8Array.of(1, 0, 0), 1, { minPositives: 1 });
  assert.deepEqual(thresholds, [0.375]);
});

test("rare labels take the threshold tuned over all labels", () => {
  const scores = new Float32Array(24).map((_, i) => (i % 2 === 0 ? 1 - i / 32 : i / 64));
  // Label 0 has 11 positives (scores down to 0.375), label 1 one positive at its highest score.
  const targets = new Uint8Array(24).map((_, i) =>
    i % 2 === 0 ? Number(i < 22) : Number(i === 23),
  );
  const [common, rare] = tuneThresholds(scores, targets, 2);
  assert.equal(common, (0.375 + 0.3125) / 2);
  // Over all: 11 hits of 12 taken at 0.375 and above, then 0.359375 (the rare positive) is a hit too.
  assert.equal(rare, (0.359375 + 0.328125) / 2);
  const [, own] = tuneThresholds(scores, targets, 2, { minPositives: 1 });
  assert.equal(own, (0.359375 + 0.328125) / 2);
});

test("NaN, foreign targets and odd shapes are named", () => {
  const scores = Float32Array.of(0.1, 0.2, 0.3, Number.NaN);
  const targets = Uint8Array.of(0, 1, 0, 1);
  const every = [
    () => meanOfKnown(perItemAveragePrecision(scores, targets, 2, 5)),
    () => labelRankingAveragePrecision(scores, targets, 2),
    () => averagePrecision(scores, targets, 2),
    () => tuneThresholds(scores, targets, 2),
  ];
  for (const call of every) assert.throws(call, /item 1, label 1 is NaN/);
  assert.throws(() => averagePrecision(scores, targets, 3), /multiple of 3 labels; got 4 scores/);
  assert.throws(() => averagePrecision(scores, targets, 0), /number of labels/);
  const bad = Uint8Array.of(0, 2, 0, 1);
  assert.throws(() => averagePrecision(SCORES.subarray(0, 4), bad, 2), /item 0, label 1 must be 0/);
  assert.throws(() => f1Scores(bad, targets, 3), /multiple of 3 labels; got 4 scores/);
  assert.throws(() => f1Scores(targets, bad, 2), /item 0, label 1 must be 0/);
});

/** Random matrices [N, L]; scores from few values so that ties are common. */
const matrices = fc
  .record({ movies: fc.integer({ min: 1, max: 8 }), labels: fc.integer({ min: 1, max: 6 }) })
  .chain(({ movies, labels }) => {
    const size = { minLength: movies * labels, maxLength: movies * labels };
    return fc.record({
      movies: fc.constant(movies),
      labels: fc.constant(labels),
      scores: fc
        .array(fc.integer({ min: 0, max: 8 }), size)
        .map((values) => Float32Array.from(values, (value) => value / 8)),
      targets: fc
        .array(fc.integer({ min: 0, max: 1 }), size)
        .map((values) => Uint8Array.from(values)),
    });
  });

test("property: every metric stays in [0, 1] or is NaN", () => {
  fc.assert(
    fc.property(matrices, fc.integer({ min: 1, max: 9 }), ({ labels, scores, targets }, k) => {
      const decided = decidedAt(scores, tuneThresholds(scores, targets, labels));
      const { perLabel, ...averages } = f1Scores(decided, targets, labels);
      const values = [
        ...perItemAveragePrecision(scores, targets, labels, k),
        ...averagePrecision(scores, targets, labels),
        ...Object.values(averages),
        ...perLabel,
        labelRankingAveragePrecision(scores, targets, labels),
      ];
      for (const value of values) {
        assert.ok(Number.isNaN(value) || (value >= 0 && value <= 1 + 1e-12), String(value));
      }
    }),
  );
});

test("property: the order of items does not matter", () => {
  fc.assert(
    fc.property(matrices, fc.nat(), ({ movies, labels, scores, targets }, shift) => {
      const rotate = <T extends Float32Array | Uint8Array>(matrix: T): T => {
        const by = (shift % movies) * labels;
        const turned = matrix.slice() as T;
        turned.set(matrix.subarray(by), 0);
        turned.set(matrix.subarray(0, by), matrix.length - by);
        return turned;
      };
      const both = [
        [scores, targets],
        [rotate(scores), rotate(targets)],
      ] as const;
      const [a, b] = both.map(([s, t]) => {
        const f1 = f1Scores(decidedAt(s, new Float32Array(labels).fill(0.5)), t, labels);
        const map = meanOfKnown(perItemAveragePrecision(s, t, labels, 3));
        const lrap = labelRankingAveragePrecision(s, t, labels);
        return [map, lrap, f1.micro, f1.macro, f1.samples, ...averagePrecision(s, t, labels)];
      });
      for (const [i, value] of a!.entries()) {
        if (Number.isNaN(value)) assert.ok(Number.isNaN(b![i]));
        else close(value, b![i]!);
      }
    }),
  );
});

test("property: an increasing function of the scores changes no ranking metric", () => {
  fc.assert(
    fc.property(matrices, ({ labels, scores, targets }) => {
      const squashed = scores.map((score) => score / 2 - 3);
      assert.deepEqual(
        perItemAveragePrecision(squashed, targets, labels, 5),
        perItemAveragePrecision(scores, targets, labels, 5),
      );
      assert.deepEqual(
        averagePrecision(squashed, targets, labels),
        averagePrecision(scores, targets, labels),
      );
    }),
  );
});

test("property: no single threshold beats the tuned one", () => {
  fc.assert(
    fc.property(matrices, fc.integer({ min: 0, max: 9 }), ({ scores, targets }, eighths) => {
      const [tuned] = tuneThresholds(scores, targets, 1, { minPositives: 1 });
      const microAt = (threshold: number) =>
        f1Scores(decidedAt(scores, [threshold]), targets, 1).micro;
      const best = microAt(tuned!);
      assert.ok(microAt(eighths / 8) <= best);
    }),
  );
});
