/** Compared fusions against an independent computation, movie by movie in float64. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compareFusions } from "../../../pipeline/evaluate/ablations.ts";
import { fitLogistic } from "../../../pipeline/regression/logistic.ts";
import { fitGates, type Gates } from "../../../pipeline/train/gates.ts";
import { INPUT_NAMES, type InputName } from "../../../predictor/movie.ts";
import { drawMovies, type HeldOutMovie, heldOut, PRIOR } from "../heldOutMovies.ts";
import { withPrior } from "../labelsTarget.ts";

const TARGET = withPrior(PRIOR);
const SUBSETS = [[0, 1, 2], [0, 1], [0, 2], [1, 2], [0], [1], [2]];

const WHOLE = drawMovies(80, "whole");
const FEWER = drawMovies(60, "fewer");
const SCORED = drawMovies(50, "scored");

function compared(scored = SCORED, facts = scored) {
  return compareFusions(
    { whole: heldOut(WHOLE), fewer: heldOut(FEWER) },
    heldOut(scored),
    facts.map(({ has, ratings }) => ({ present: INPUT_NAMES.filter((_, m) => has[m]), ratings })),
    TARGET,
  );
}

/** Each takes seconds: one for all tests that change nothing. */
const COMPARED = compared();

/** Computes the logits [labels] of a movie from the shown inputs. */
type Fusion = (movie: HeldOutMovie, shown: readonly number[]) => number[];

const there = ({ has }: HeldOutMovie, shown: readonly number[]) =>
  [0, 1, 2].map((m) => Number(shown.includes(m) && has[m]!));

/** The prior plus each input's logits times its gate, which depends on presence and, with `amounts`, on amounts. */
function gated({ kernel, bias }: Gates, amounts: boolean): Fusion {
  return (movie, shown) => {
    const states = there(movie, shown);
    if (amounts) states.push(...movie.amounts.map((amount) => states[2]! * Math.fround(amount)));
    const gates = [0, 1, 2].map((m) =>
      states.reduce((sum, state, k) => sum + state * kernel[3 * k + m]!, bias[m]!),
    );
    return Array.from(PRIOR, (prior, label) =>
      gates.reduce((sum, gate, m) => sum + states[m]! * gate * movie.logits[m]![label]!, prior),
    );
  };
}

/** One logistic regression per label on all logits and the presence of inputs. */
function dense(subsets: readonly (readonly number[])[]): Fusion {
  const rowOf = (movie: HeldOutMovie, shown: readonly number[]) => {
    const states = there(movie, shown);
    return [...movie.logits.flatMap((values, m) => values.map((v) => states[m]! * v)), ...states];
  };
  const cases = subsets.flatMap((shown) => WHOLE.map((movie) => ({ movie, shown })));
  const rows = cases.map(({ movie, shown }) => rowOf(movie, shown));
  const models = Array.from(PRIOR, (_, label) =>
    fitLogistic(
      {
        columns: 15,
        offsets: Uint32Array.from({ length: rows.length + 1 }, (_, i) => 15 * i),
        indices: Uint32Array.from({ length: rows.length * 15 }, (_, i) => i % 15),
        values: Float64Array.from(rows.flat(), Math.fround),
      },
      Uint8Array.from(cases, ({ movie }) => movie.target[label]!),
      1,
    ),
  );
  return (movie, shown) =>
    models.map(({ weights, intercept }) =>
      rowOf(movie, shown).reduce((sum, value, i) => sum + value * weights[i]!, intercept),
    );
}

/** Mean over the movies with a label; null if there are none. K = 5 has no effect on four labels. */
function map5(
  movies: readonly HeldOutMovie[],
  fusion: Fusion,
  shown: readonly number[],
): number | null {
  const values = movies.flatMap((movie) => {
    const logits = fusion(movie, shown);
    const order = [0, 1, 2, 3].sort((a, b) => logits[b]! - logits[a]! || a - b);
    const hits = order.flatMap((label, rank) => (movie.target[label] ? rank + 1 : []));
    const precisions = hits.map((rank, i) => (i + 1) / rank);
    return hits.length === 0 ? [] : precisions.reduce((a, b) => a + b) / hits.length;
  });
  return values.length === 0 ? null : values.reduce((a, b) => a + b) / values.length;
}

const learned = { ...heldOut(WHOLE), target: TARGET };
const plain = { ...learned, amounts: undefined };
const EXPECTED: Record<string, Fusion> = {
  "gates by presence and number of ratings, modality dropout": gated(
    fitGates({ ...heldOut([...WHOLE, ...FEWER]), target: TARGET }),
    true,
  ),
  "gates by presence, modality dropout": gated(fitGates(plain), false),
  "gates by presence, no modality dropout": gated(
    fitGates(plain, { modalityDropout: false }),
    false,
  ),
  "sum of the logits, no gates": (movie, shown) =>
    Array.from(PRIOR, (prior, label) =>
      shown.reduce((sum, m) => sum + movie.logits[m]![label]!, prior),
    ),
  "concatenation and a dense layer, modality dropout": dense(SUBSETS),
  "concatenation and a dense layer, no modality dropout": dense(SUBSETS.slice(0, 1)),
};

test("every fusion is listed once, in a fixed order", () => {
  assert.deepEqual(
    COMPARED.map(({ name }) => name),
    Object.keys(EXPECTED),
  );
});

for (const [name, fusion] of Object.entries(EXPECTED)) {
  test(`${name}: the figures are of the inputs and movies that they name`, () => {
    const few = SCORED.filter(({ ratings }) => ratings < 5);
    const figures = [
      { on: "all inputs", score: map5(SCORED, fusion, [0, 1, 2]) },
      { on: "all inputs, < 5 ratings", score: map5(few, fusion, [0, 1, 2]) },
      { on: "title + poster", score: map5(SCORED, fusion, [0, 1]) },
      { on: "title + ratings", score: map5(SCORED, fusion, [0, 2]) },
      { on: "poster + ratings", score: map5(SCORED, fusion, [1, 2]) },
      { on: "title", score: map5(SCORED, fusion, [0]) },
    ];
    // All figures differ, so that an exchanged one would fail.
    assert.equal(new Set(figures.map((figure) => figure.score)).size, figures.length);
    const found = COMPARED.find((fusion) => fusion.name === name)!.figures;
    assert.deepEqual(
      found.map(({ on }) => on),
      figures.map(({ on }) => on),
    );
    for (const [i, { on, score }] of figures.entries()) {
      assert.ok(
        Math.abs(found[i]!.score! - score!) < 1e-12,
        `${on}: ${score}, not ${found[i]!.score}`,
      );
    }
  });
}

test("the figures of all fusions differ on these movies", () => {
  const texts = COMPARED.map(({ figures }) => JSON.stringify(figures));
  assert.equal(new Set(texts).size, texts.length);
});

test("a group without any label has no figure", () => {
  const scored = SCORED.map((movie) =>
    movie.ratings < 5 ? { ...movie, target: [0, 0, 0, 0] } : movie,
  );
  for (const { figures } of compared(scored)) {
    assert.deepEqual(
      figures.map(({ score }) => score === null),
      [false, true, false, false, false, false],
    );
  }
});

test("facts of another number of movies are an error", () => {
  assert.throws(() => compared(SCORED, WHOLE), /expect facts of 50 movies, got 80/);
});

test("a fusion that cannot be fitted has no figures, and neither have inputs that are left out", () => {
  const facts = SCORED.map(({ has, ratings }) => ({
    present: INPUT_NAMES.filter((_, m) => has[m]),
    ratings,
  }));
  const compare = (whole: HeldOutMovie[], leftOut: readonly InputName[]) => {
    const learn = { whole: heldOut(whole), fewer: heldOut(FEWER) };
    return compareFusions(learn, heldOut(SCORED), facts, TARGET, leftOut);
  };
  for (const [i, { figures }] of compare(WHOLE, ["title", "poster"]).entries()) {
    const expected = COMPARED[i]!.figures.map(({ on, score }) => ({
      on,
      score: on === "title" || on === "title + poster" ? null : score,
    }));
    assert.deepEqual(figures, expected);
  }
  // Newton's method ends where the loss overflows.
  const huge = WHOLE.slice(0, 16).map((movie) => ({
    ...movie,
    logits: movie.logits.map((values) => values.map((value) => value * 1e200)),
  }));
  for (const { name, figures } of compare(huge, [])) {
    if (!name.startsWith("concatenation")) continue;
    assert.ok(
      figures.every(({ score }) => score === null),
      name,
    );
  }
});
