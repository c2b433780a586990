/** A fold's figures use gates and thresholds of the other folds; the published ones are learned from all folds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { bootstrapMean } from "../../../pipeline/evaluate/bootstrap.ts";
import { figureOf } from "../../../pipeline/evaluate/table.ts";
import { learnFrom, scoreFolds } from "../../../pipeline/folds/score.ts";
import type { FoldResult } from "../../../pipeline/folds/trainFold.ts";
import type { LabelsDetail } from "../../../pipeline/targets/labels/evaluation.ts";
import { fusedAnswers } from "../../../pipeline/train/fused.ts";
import { fitGates } from "../../../pipeline/train/gates.ts";
import { heldOutPart, joinHeldOut } from "../../../pipeline/train/trainTowers.ts";
import { perItemAveragePrecision } from "../../../predictor/metrics.ts";
import { INPUT_NAMES } from "../../../predictor/movie.ts";
import { decide } from "../../../predictor/targets/decide.ts";
import { tuneThresholds } from "../../../predictor/thresholds.ts";
import { drawMovies, heldOut, PRIOR } from "../heldOutMovies.ts";
import { labelsTarget, MOVIE_GROUPING } from "../labelsTarget.ts";

const LABELS = ["Action", "Comedy", "Drama", "War"];
const SEED = 5;
/** Folds of different sizes and priors. */
const FOLDS = [40, 30, 35].map((size, fold) => ({
  movies: drawMovies(size, `fold ${fold}`),
  fewer: drawMovies(20, `fewer ${fold}`),
  prior: PRIOR.map((logit) => logit + fold / 8),
}));
const factOf = ({ has, ratings }: (typeof FOLDS)[number]["movies"][number]) => ({
  present: INPUT_NAMES.filter((_, m) => has[m]),
  ratings,
});
const RESULTS = FOLDS.map(
  ({ movies, fewer, prior }, fold): FoldResult => ({
    fold,
    target: labelsTarget(LABELS, prior),
    grouping: MOVIE_GROUPING,
    towers: [],
    ids: movies.map((_, i) => `${fold}-${i}`),
    whole: heldOut(movies),
    fewer: heldOut(fewer),
    facts: movies.map(factOf),
  }),
);

/** An independent computation: mean of the priors, then gates, then thresholds on their predictions. */
function learned(folds: readonly (typeof FOLDS)[number][]) {
  const movies = folds.flatMap((fold) => fold.movies);
  const prior = PRIOR.map(
    (_, l) => folds.reduce((sum, fold) => sum + fold.prior[l]!, 0) / folds.length,
  );
  const gates = fitGates({
    ...heldOut([...movies, ...folds.flatMap(({ fewer }) => fewer)]),
    target: labelsTarget(LABELS, prior),
  });
  const scores = fusedAnswers(heldOut(movies), labelsTarget(LABELS, prior), gates, INPUT_NAMES);
  const { targets } = heldOut(movies);
  return { gates, perLabel: tuneThresholds(scores, targets as Uint8Array, LABELS.length) };
}

test("published gates and thresholds are learned from the held-out logits of all folds", async () => {
  const { gates, thresholds } = await learnFrom(RESULTS);
  const expected = learned(FOLDS);
  assert.deepEqual(gates, expected.gates);
  assert.deepEqual(thresholds!.perLabel, expected.perLabel);
  assert.ok(thresholds!.subsets.some(({ groups }) => groups.join() === "title"));
});

for (const [i, { movies, prior }] of FOLDS.entries()) {
  test(`fold ${i} is scored on its own movies, with gates and thresholds of the other folds`, async () => {
    const report = (await scoreFolds(RESULTS, SEED))[i]!;
    const { gates, perLabel } = learned(FOLDS.filter((_, other) => other !== i));
    assert.deepEqual(
      (report.detail as LabelsDetail).labels.map(({ threshold }) => threshold),
      perLabel,
    );
    // Otherwise the test could not detect a leak.
    assert.notDeepEqual(perLabel, learned(FOLDS).perLabel);
    const { thresholds } = await learnFrom(RESULTS.filter((_, other) => other !== i));
    assert.equal(report.movies, movies.length);
    assert.equal(report.rows.length, 7);
    const { targets } = heldOut(movies);
    for (const row of report.rows) {
      const { inputs, groups, population } = row;
      const scores = fusedAnswers(heldOut(movies), labelsTarget(LABELS, prior), gates, inputs);
      const values = perItemAveragePrecision(scores, targets as Uint8Array, LABELS.length, 5);
      assert.deepEqual(groups[0]!.score, bootstrapMean(values, { seed: SEED }), inputs.join());
      const unrated = values.filter((_, movie) => movies[movie]!.ratings === 0);
      assert.deepEqual(
        groups.find(({ group }) => group === "unrated")!.score,
        bootstrapMean(unrated, { seed: SEED }),
      );
      if (population !== "all movies") continue;
      let hits = 0;
      let marked = 0;
      for (const [movie, { has }] of movies.entries()) {
        const present = INPUT_NAMES.filter((name, m) => has[m] && inputs.includes(name));
        const at = movie * LABELS.length;
        const decided = decide(scores.subarray(at, at + LABELS.length), thresholds!, present);
        for (const [label, selected] of decided.entries()) {
          hits += targets[at + label]! * Number(selected);
          marked += targets[at + label]! + Number(selected);
        }
      }
      assert.equal(figureOf(row, "F1 micro"), (2 * hits) / marked, inputs.join());
    }
  });
}

test("inputs that a fold leaves out have no figures in it", async () => {
  const title = { tower: "title", history: [], bestEpoch: 0 } as const;
  const results = RESULTS.map((result, i) => ({
    ...result,
    towers: i === 1 ? [{ ...title, leftOut: "a test" }] : [{ ...title, bestEpoch: 3 }],
  }));
  const figures = (await scoreFolds(results, SEED)).map(({ rows }) =>
    rows.filter(({ score }) => score === null).map(({ name }) => name),
  );
  assert.deepEqual(figures, [[], ["title"], []]);
});

test("held-out sets can be joined and split again", () => {
  const parts = RESULTS.map(({ whole }) => whole);
  const joined = joinHeldOut(parts);
  const numbers = parts.map((part) => ({
    ...part,
    truth: Float64Array.from(part.truth, () => 0.1),
  }));
  assert.deepEqual(new Set(joinHeldOut(numbers).truth), new Set([0.1]), "in all digits");
  let start = 0;
  for (const [i, { movies }] of FOLDS.entries()) {
    assert.deepEqual(heldOutPart(joined, start, start + movies.length), parts[i]);
    start += movies.length;
  }
  assert.equal(heldOutPart(joined, start, start).targets.length, 0);
  assert.deepEqual(joined, heldOut(FOLDS.flatMap(({ movies }) => movies)));
});
