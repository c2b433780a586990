/** A fold's figures use gates and thresholds of the other folds; the published ones are learned from all folds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { bootstrapMean } from "../../../pipeline/evaluate/bootstrap.ts";
import { learnFrom, scoreFolds } from "../../../pipeline/folds/crossValidate.ts";
import type { FoldResult } from "../../../pipeline/folds/trainFold.ts";
import { fusedProbabilities } from "../../../pipeline/train/fused.ts";
import { fitGates } from "../../../pipeline/train/gates.ts";
import { heldOutPart, joinHeldOut } from "../../../pipeline/train/trainTowers.ts";
import { f1Scores, perMovieAveragePrecision } from "../../../predictor/metrics.ts";
import { INPUT_NAMES } from "../../../predictor/movie.ts";
import { tuneThresholds } from "../../../predictor/thresholds.ts";
import { drawMovies, heldOut, PRIOR } from "../heldOutMovies.ts";

const LABELS = ["Action", "Comedy", "Drama", "War"];
const SEED = 5;
/** Folds of different sizes and priors. */
const FOLDS = [40, 30, 35].map((size, fold) => ({
  movies: drawMovies(size, `fold ${fold}`),
  fewer: drawMovies(20, `fewer ${fold}`),
  prior: PRIOR.map((logit) => logit + fold / 8),
}));
const RESULTS = FOLDS.map(
  ({ movies, fewer, prior }, fold): FoldResult => ({
    fold,
    prior,
    towers: [],
    ids: movies.map((_, i) => `${fold}-${i}`),
    whole: heldOut(movies),
    fewer: heldOut(fewer),
    facts: movies.map(({ has, ratings }) => ({ hasPoster: has[1]!, ratings })),
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
    prior,
  });
  const scores = fusedProbabilities(heldOut(movies), prior, gates, INPUT_NAMES);
  return { gates, thresholds: tuneThresholds(scores, heldOut(movies).targets, LABELS.length) };
}

test("published gates and thresholds are learned from the held-out logits of all folds", () => {
  assert.deepEqual(learnFrom(RESULTS, LABELS.length), learned(FOLDS));
});

for (const [i, { movies, prior }] of FOLDS.entries()) {
  test(`fold ${i} is scored on its own movies, with gates and thresholds of the other folds`, () => {
    const report = scoreFolds(RESULTS, LABELS, SEED)[i]!;
    const { gates, thresholds } = learned(FOLDS.filter((_, other) => other !== i));
    assert.deepEqual(
      report.genres.map(({ threshold }) => threshold),
      thresholds,
    );
    // Otherwise the test could not detect a leak.
    assert.notDeepEqual(thresholds, learned(FOLDS).thresholds);
    assert.equal(report.movies, movies.length);
    assert.equal(report.rows.length, 7);
    const { targets } = heldOut(movies);
    for (const { inputs, f1, groups, population } of report.rows) {
      const scores = fusedProbabilities(heldOut(movies), prior, gates, inputs);
      const values = perMovieAveragePrecision(scores, targets, LABELS.length, 5);
      assert.deepEqual(groups[0]!.map5, bootstrapMean(values, { seed: SEED }), inputs.join());
      const unrated = values.filter((_, movie) => movies[movie]!.ratings === 0);
      assert.deepEqual(
        groups.find(({ group }) => group === "unrated")!.map5,
        bootstrapMean(unrated, { seed: SEED }),
      );
      if (population === "all movies") assert.deepEqual(f1, f1Scores(scores, targets, thresholds));
    }
  });
}

test("inputs that a fold leaves out have no figures in it", () => {
  const title = { tower: "title", history: [], bestEpoch: 0 } as const;
  const results = RESULTS.map((result, i) => ({
    ...result,
    towers: i === 1 ? [{ ...title, leftOut: "a test" }] : [{ ...title, bestEpoch: 3 }],
  }));
  const figures = scoreFolds(results, LABELS, SEED).map(({ rows }) =>
    rows.filter(({ map5 }) => map5 === null).map(({ name }) => name),
  );
  assert.deepEqual(figures, [[], ["title"], []]);
});

test("held-out sets can be joined and split again", () => {
  const parts = RESULTS.map(({ whole }) => whole);
  const joined = joinHeldOut(parts);
  let start = 0;
  for (const [i, { movies }] of FOLDS.entries()) {
    assert.deepEqual(heldOutPart(joined, start, start + movies.length), parts[i]);
    start += movies.length;
  }
  assert.equal(heldOutPart(joined, start, start).targets.length, 0);
  assert.deepEqual(joined, heldOut(FOLDS.flatMap(({ movies }) => movies)));
});
