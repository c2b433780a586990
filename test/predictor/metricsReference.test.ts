/** Every metric against its definition written down once more, slowly and without regard to order, on random matrices. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  averagePrecision,
  f1Scores,
  labelRankingAveragePrecision,
  meanOfKnown,
  perItemAveragePrecision,
} from "../../predictor/metrics.ts";
import { tuneThresholds } from "../../predictor/thresholds.ts";
import { decidedAt } from "./decidedAt.ts";

interface Decision {
  readonly score: number;
  readonly yes: boolean;
}

/** One row per item, one decision per label. */
type Matrix = readonly (readonly Decision[])[];

/** Scores from few values: ties between labels and items, and with thresholds, are common. */
const score = fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8);
const matrix = (maxItems: number): fc.Arbitrary<Matrix> =>
  fc
    .integer({ min: 1, max: 6 })
    .chain((labels) =>
      fc.array(
        fc.array(fc.record({ score, yes: fc.boolean() }), { minLength: labels, maxLength: labels }),
        { minLength: 1, maxLength: maxItems },
      ),
    );

const scoresOf = (rows: Matrix) => Float32Array.from(rows.flat(), (decision) => decision.score);
const targetsOf = (rows: Matrix) => Uint8Array.from(rows.flat(), ({ yes }) => Number(yes));
const labelsOf = (rows: Matrix) => rows[0]!.length;
const columnOf = (rows: Matrix, label: number) => rows.map((row) => row[label]!);

const count = <T>(items: readonly T[], has: (item: T) => boolean) => items.filter(has).length;
const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function assertClose(actual: number, expected: number): void {
  const same = Number.isNaN(expected) ? Number.isNaN(actual) : Math.abs(actual - expected) < 1e-12;
  assert.ok(same, `expected ${expected}, got ${actual}`);
}

/** Place of a label, from 1: behind those that score more, and those that score as much and come before it. */
const placeOf = (row: readonly Decision[], label: number) =>
  1 +
  count([...row.keys()], (l) => row[l]!.score > row[label]!.score) +
  count([...row.keys()], (l) => l < label && row[l]!.score === row[label]!.score);

/** Precision at the place of each relevant label among the first K; divided by how many could be there. */
function apAtK(row: readonly Decision[], k: number): number {
  const places = [...row.keys()].filter((l) => row[l]!.yes).map((l) => placeOf(row, l));
  const precisions = places
    .filter((place) => place <= k)
    .map((place) => count(places, (other) => other <= place) / place);
  return precisions.reduce((sum, value) => sum + value, 0) / Math.min(places.length, k);
}

test("AP@K of every item, and mAP@K over those that have a label", () => {
  fc.assert(
    fc.property(matrix(8), fc.integer({ min: 1, max: 8 }), (rows, k) => {
      const [scores, targets, labels] = [scoresOf(rows), targetsOf(rows), labelsOf(rows)];
      const expected = rows.map((row) => apAtK(row, k));
      const found = perItemAveragePrecision(scores, targets, labels, k);
      for (const [item, value] of expected.entries()) assertClose(found[item]!, value);
      assertClose(meanOfKnown(found), mean(expected.filter((value) => !Number.isNaN(value))));
    }),
  );
});

test("label ranking average precision", () => {
  fc.assert(
    fc.property(matrix(8), (rows) => {
      const expected = rows.map((row) => {
        const relevant = row.filter(({ yes }) => yes);
        if (relevant.length === 0) return 1;
        return mean(
          relevant.map(({ score }) => {
            const atLeast = row.filter((other) => other.score >= score);
            return count(atLeast, ({ yes }) => yes) / atLeast.length;
          }),
        );
      });
      assertClose(
        labelRankingAveragePrecision(scoresOf(rows), targetsOf(rows), labelsOf(rows)),
        mean(expected),
      );
    }),
  );
});

/** Harmonic mean of precision and recall. */
function f1(pairs: readonly { readonly said: boolean; readonly yes: boolean }[]): number {
  const hits = count(pairs, ({ said, yes }) => said && yes);
  if (hits === 0) return 0;
  const precision = hits / count(pairs, ({ said }) => said);
  const recall = hits / count(pairs, ({ yes }) => yes);
  return (2 * precision * recall) / (precision + recall);
}

test("F1 over all decisions, by label, and by item", () => {
  const thresholds = fc.array(score, { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(matrix(8), thresholds, (rows, all) => {
      const own = all.slice(0, labelsOf(rows));
      const decided = rows.map((row) =>
        row.map(({ score, yes }, label) => ({ said: score >= own[label]!, yes })),
      );
      const found = f1Scores(decidedAt(scoresOf(rows), own), targetsOf(rows), own.length);
      assertClose(found.micro, f1(decided.flat()));
      const perLabel = own.map((_, label) => f1(decided.map((row) => row[label]!)));
      for (const [label, value] of perLabel.entries()) assertClose(found.perLabel[label]!, value);
      const some = perLabel.filter((_, label) =>
        decided.some((row) => row[label]!.said || row[label]!.yes),
      );
      assertClose(found.macro, some.length === 0 ? 0 : mean(some));
      assertClose(found.samples, mean(decided.map(f1)));
    }),
  );
});

test("average precision of each label", () => {
  fc.assert(
    fc.property(matrix(12), (rows) => {
      const found = averagePrecision(scoresOf(rows), targetsOf(rows), labelsOf(rows));
      for (const [label, value] of found.entries()) {
        const decisions = columnOf(rows, label);
        const precisions = decisions
          .filter(({ yes }) => yes)
          .map(({ score }) => {
            const atLeast = decisions.filter((other) => other.score >= score);
            return count(atLeast, ({ yes }) => yes) / atLeast.length;
          });
        assertClose(value, mean(precisions));
      }
    }),
  );
});

/** Tries every score as the least that is a yes: the best, of equal ones the highest, lowered halfway to the next score. */
function bestThreshold(decisions: readonly Decision[]): number | undefined {
  const distinct = [...new Set(decisions.map(({ score }) => score))].sort((a, b) => b - a);
  const tried = distinct.map((least) =>
    f1(decisions.map(({ score, yes }) => ({ said: score >= least, yes }))),
  );
  const best = Math.max(...tried);
  if (best === 0) return undefined;
  const at = tried.findIndex((value) => value > best - 1e-12);
  return mean([distinct[at]!, distinct[at + 1] ?? distinct[at]!]);
}

test("tuned thresholds", () => {
  const most = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(matrix(14), most, (rows, minPositives) => {
      const together = bestThreshold(rows.flat()) ?? 0.5;
      const expected = [...rows[0]!.keys()].map((label) => {
        const decisions = columnOf(rows, label);
        const positives = count(decisions, ({ yes }) => yes);
        return positives < minPositives ? together : bestThreshold(decisions)!;
      });
      const [scores, targets, labels] = [scoresOf(rows), targetsOf(rows), labelsOf(rows)];
      assert.deepEqual(tuneThresholds(scores, targets, labels, { minPositives }), expected);
      if (minPositives === 10) {
        assert.deepEqual(tuneThresholds(scores, targets, labels), expected);
      }
    }),
  );
});
