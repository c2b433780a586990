/** The learning curve: training and held-out items are scored alike, with gates of the other folds. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { learningCurve } from "../../../pipeline/folds/learningCurve.ts";
import { gatesFrom } from "../../../pipeline/folds/score.ts";
import { spreadOf } from "../../../pipeline/folds/summary.ts";
import type { FoldResult } from "../../../pipeline/folds/trainFold.ts";
import { fusedAnswers } from "../../../pipeline/train/fused.ts";
import { perItemAveragePrecision } from "../../../predictor/metrics.ts";
import { INPUT_NAMES } from "../../../predictor/movie.ts";
import { drawMovies, type HeldOutMovie, heldOut, PRIOR } from "../heldOutMovies.ts";
import { labelsTarget, MOVIE_GROUPING } from "../labelsTarget.ts";

const TARGET = labelsTarget(["Action", "Comedy", "Drama", "War"], PRIOR);

const factsOf = (movies: readonly HeldOutMovie[]) =>
  movies.map(({ has, ratings }) => ({ present: INPUT_NAMES.filter((_, m) => has[m]), ratings }));

/** A fold's movies: held out, with fewer ratings, and trained on. */
function draw(fold: number, trained: number) {
  const [out, fewer, learned] = [`held out ${fold}`, `fewer ${fold}`, `trained ${fold} ${trained}`];
  return {
    out: drawMovies(30, out),
    fewer: drawMovies(10, fewer),
    learned: drawMovies(trained, learned),
  };
}

function resultOf(fold: number, { out, fewer, learned }: ReturnType<typeof draw>): FoldResult {
  return {
    fold,
    target: TARGET,
    grouping: MOVIE_GROUPING,
    towers: [],
    ids: [],
    whole: heldOut(out),
    fewer: heldOut(fewer),
    facts: factsOf(out),
    training: { movies: heldOut(learned), facts: factsOf(learned) },
  };
}

const SIZES = [
  { share: 0.25, trained: [10, 11, 12] },
  { share: 1, trained: [40, 41, 42] },
];
const DRAWN = SIZES.map(({ trained }) => trained.map((count, fold) => draw(fold, count)));
const BY_SHARE = SIZES.map(({ share }, i) => ({
  share,
  folds: DRAWN[i]!.map((movies, fold) => resultOf(fold, movies)),
}));
const curve = learningCurve(BY_SHARE);

test("points are in order, with the mean number of training items", () => {
  const { metric, better, folds, points } = curve;
  assert.deepEqual({ metric, better, folds }, { metric: "mAP@5", better: "larger", folds: 3 });
  assert.deepEqual(
    points.map(({ share, items }) => [share, items]),
    [
      [0.25, 11],
      [1, 41],
    ],
  );
});

for (const [i, { folds }] of BY_SHARE.entries()) {
  test(`scores at ${SIZES[i]!.share} are the metric of what the fused towers answer`, () => {
    const rows = [...INPUT_NAMES.map((name) => [name]), INPUT_NAMES];
    const meanOf = (movies: readonly HeldOutMovie[], fold: number, inputs: readonly string[]) => {
      const gates = gatesFrom(folds.filter((_, other) => other !== fold));
      const set = heldOut(movies);
      const answers = fusedAnswers(set, TARGET, gates, inputs);
      const values = perItemAveragePrecision(answers, set.targets as Uint8Array, 4, 5);
      const counted = movies.flatMap(({ has }, m) =>
        (inputs.join() !== "poster" || has[1]) && !Number.isNaN(values[m]) ? [values[m]!] : [],
      );
      return counted.reduce((sum, value) => sum + value, 0) / counted.length;
    };
    for (const [r, inputs] of rows.entries()) {
      const row = curve.points[i]!.rows[r]!;
      assert.equal(row.input, inputs.length === 3 ? "all inputs" : inputs[0]);
      assert.equal(row.group, inputs.join() === "poster" ? "with a poster" : "all movies");
      for (const [found, pick] of [
        [row.heldOut, "out"],
        [row.training, "learned"],
      ] as const) {
        const expected = spreadOf(
          DRAWN[i]!.map((drawn, fold) => meanOf(drawn[pick], fold, inputs)),
        );
        assert.ok(Math.abs(found!.mean - expected.mean) < 1e-12, `${inputs} ${pick}`);
        assert.ok(Math.abs(found!.std - expected.std) < 1e-12, `${inputs} ${pick}`);
      }
    }
  });
}

test("a model of one input has one row", () => {
  const folds = DRAWN[1]!.map(({ out, fewer, learned }, fold): FoldResult => {
    const alone = (movies: readonly HeldOutMovie[]) => {
      const { logits, presence, ...set } = heldOut(movies);
      const ofTitle = {
        logits: logits.slice(0, 1),
        presence: presence.filter((_, m) => m % 3 === 0),
      };
      return {
        ...set,
        ...ofTitle,
        groups: ["title"],
        amounts: { of: [], values: new Float32Array() },
      };
    };
    const result = resultOf(fold, { out, fewer, learned });
    const training = { ...result.training!, movies: alone(learned) };
    return { ...result, training, whole: alone(out), fewer: alone(fewer) };
  });
  const [point] = learningCurve([{ share: 1, folds }]).points;
  assert.deepEqual(
    point!.rows.map(({ input }) => input),
    ["all inputs"],
  );
});

test("an input that no fold was trained on has no scores; of some folds, the others count", () => {
  const without = (indices: readonly number[]) =>
    learningCurve([
      {
        share: 1,
        folds: BY_SHARE[1]!.folds.map((fold, i) =>
          indices.includes(i)
            ? {
                ...fold,
                towers: [{ tower: "title", history: [], bestEpoch: 0, leftOut: "a test" }],
              }
            : fold,
        ),
      },
    ]).points[0]!.rows;
  const [title, , , all] = without([0, 1, 2]);
  assert.deepEqual([title!.training, title!.heldOut], [null, null]);
  assert.deepEqual(all, curve.points[1]!.rows[3]);
  const [some] = without([0, 1]);
  assert.equal(some!.heldOut!.std, 0, "a single fold");
});

test("folds without scores of their training items are refused", () => {
  const folds = BY_SHARE[1]!.folds.map(({ training: _, ...fold }) => fold);
  assert.throws(() => learningCurve([{ share: 1, folds }]), /fold 1 has no scores/);
});
