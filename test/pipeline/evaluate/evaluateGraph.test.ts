/** The published figures for a graph with known answers: which movies tune thresholds, train baselines and are scored. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type DeclaredInputs, MOVIE_INPUTS } from "../../../pipeline/dataset/inputs.ts";
import { bootstrapMean } from "../../../pipeline/evaluate/bootstrap.ts";
import type { EvaluationReport } from "../../../pipeline/evaluate/evaluate.ts";
import { evaluateGraph } from "../../../pipeline/evaluate/evaluateGraph.ts";
import { figureOf } from "../../../pipeline/evaluate/table.ts";
import type { EncodedMovie } from "../../../pipeline/fit/prepare.ts";
import type { LabelsDetail } from "../../../pipeline/targets/labels/evaluation.ts";
import type { RunGraph } from "../../../predictor/tensor.ts";
import {
  fittedOf,
  type GraphRow,
  type MovieSketch,
  movieOf,
  oneHot,
  POSTERS,
  ranked,
  scriptedGraph,
} from "./scriptedGraph.ts";

const LABELS = ["Action", "Comedy", "War", "Drama"];
const SEED = 7;

const moviesOf = (sketches: readonly MovieSketch[]) =>
  sketches.map((sketch) => movieOf(LABELS, sketch));
const [ACTION, COMEDY, WAR, DRAMA] = LABELS.map((_, label) => oneHot(LABELS.length, label)) as [
  number[],
  number[],
  number[],
  number[],
];

interface Scenario {
  readonly training?: readonly MovieSketch[];
  readonly validation: readonly MovieSketch[];
  readonly test: readonly MovieSketch[];
  readonly answer: (shown: GraphRow) => readonly number[];
  readonly tuned?: readonly number[];
  readonly seed?: number;
  readonly runAgain?: RunGraph;
}

async function evaluated({ answer, tuned, seed = SEED, runAgain, ...sketches }: Scenario) {
  const graph = scriptedGraph(answer);
  const { training = [{ id: 255, target: ACTION }], validation, test } = sketches;
  const fitted = fittedOf(
    {
      training: moviesOf(training),
      validation: moviesOf(validation),
      test: moviesOf(test),
    },
    LABELS,
  );
  const thresholds = tuned ? { thresholds: { perLabel: tuned, subsets: [] } } : {};
  const options = {
    dataset: { inputs: MOVIE_INPUTS },
    fitted,
    posters: POSTERS,
    run: graph.run,
    runAgain,
    seed,
    ...thresholds,
  };
  return { ...(await evaluateGraph(options)), graph };
}

const genresOf = ({ detail }: EvaluationReport) => (detail as LabelsDetail).labels;

function rowOf({ rows }: EvaluationReport, name: string) {
  const row = rows.find((candidate) => candidate.name === name);
  assert.ok(row, `a row "${name}" among ${rows.map((candidate) => candidate.name)}`);
  return row;
}

function assertClose(actual: number | null | undefined, expected: number, what = ""): void {
  assert.ok(
    typeof actual === "number" && Math.abs(actual - expected) < 1e-12,
    `${what}: expected ${expected}, got ${actual}`,
  );
}

// ---- Thresholds ----

/** The graph's scores [Action, Comedy, War, Drama] of validation movies with (YES) and without (NO) each genre. */
const YES = [0.875, 0.5, 0.75, 0.1875];
const NO = [0.625, 0.25, 0.15625, 0.125];
/** Ten movies of each genre except War, which has three: too few for its own threshold. */
const TUNING: MovieSketch[] = Array.from({ length: 20 }, (_, i) => ({
  id: i + 1,
  target: [i < 10, i % 2 === 0, i >= 17, i % 4 < 2].map(Number),
}));
/**
 * Midway between the two scores. War has the threshold that maximizes F1 over all 80 decisions: 33 of the 43 highest
 * scores, which are all above 0.15625, are correct.
 */
const TUNED = [0.75, 0.375, (0.1875 + 0.15625) / 2, 0.15625];

/** Genres and scores of each test movie. A score equal to the threshold counts as selected. */
const MEASURED: readonly { target: number[]; scores: number[] }[] = [
  { target: ACTION, scores: [0.75, 0.25, 0.125, 0.125] },
  { target: [0, 1, 0, 1], scores: [0.6875, 0.5, 0.1640625, 0.1640625] },
  { target: WAR, scores: [0.25, 0.375, 0.5, 0.0625] },
  { target: [1, 0, 1, 0], scores: [0.9375, 0.3125, 0.0625, 0.15625] },
];
const THRESHOLD_TEST: Scenario = {
  validation: TUNING,
  test: MEASURED.map(({ target }, i) => ({ id: 101 + i, target })),
  answer({ id, inputs }) {
    // Without all inputs the scores are uninformative, so that tuning on them would give other thresholds.
    if (inputs.length < 3) return [0.5, 0.5, 0.5, 0.5];
    const measured = MEASURED[id - 101];
    return measured?.scores ?? TUNING[id - 1]!.target.map((yes, l) => (yes ? YES : NO)[l]!);
  },
};

test("thresholds are tuned on the validation movies, with all inputs", async () => {
  const { thresholds } = await evaluated(THRESHOLD_TEST);
  assert.deepEqual(thresholds!.perLabel, TUNED);
});

test("each genre of the test movies has its own threshold", async () => {
  const { evaluation } = await evaluated(THRESHOLD_TEST);
  assert.deepEqual(
    genresOf(evaluation).map(({ label, support, f1, threshold }) => [
      label,
      support,
      f1,
      threshold,
    ]),
    [
      ["Action", 2, 4 / 5, TUNED[0]], // the second is a false positive, as the most probable one always counts
      ["Comedy", 1, 2 / 3, TUNED[1]], // the third movie is a false positive
      ["War", 2, 2 / 3, TUNED[2]], // the fourth is a false negative
      ["Drama", 1, 2 / 3, TUNED[3]], // the fourth is a false positive
    ],
  );
  // Five true positives, one false negative, three false positives.
  const row = rowOf(evaluation, "all inputs");
  assertClose(figureOf(row, "F1 micro"), 10 / 14, "micro");
  assertClose(figureOf(row, "F1 macro"), (4 / 5 + 3 * (2 / 3)) / 4, "macro");
  assertClose(figureOf(row, "F1 samples"), (1 + 4 / 5 + 2 / 3 + 1 / 2) / 4, "samples");
});

test("thresholds from the folds are used without running the validation movies", async () => {
  const tuned = [0.7, 0.9, 0.05, 0.16];
  const { thresholds, evaluation, graph } = await evaluated({ ...THRESHOLD_TEST, tuned });
  assert.deepEqual(thresholds!.perLabel, tuned);
  assert.deepEqual(
    genresOf(evaluation).map(({ f1, threshold }) => [f1, threshold]),
    // Action: as before. Comedy: none selected. War: two of four selected are correct. Drama: the only one is correct.
    [
      [4 / 5, 0.7],
      [0, 0.9],
      [2 / 3, 0.05],
      [1, 0.16],
    ],
  );
  assert.ok(graph.runs.flat().every(({ id }) => id === 0 || id > 100));
});

test("without test movies, the validation movies are scored", async () => {
  const { evaluation, thresholds } = await evaluated({ ...THRESHOLD_TEST, test: [] });
  assert.equal(evaluation.movies, 20);
  assert.deepEqual(thresholds!.perLabel, TUNED);
  // War's threshold separates its scores, 0.75 and 0.15625. In seven of the ten movies without Action it is the most
  // probable genre.
  assert.deepEqual(
    genresOf(evaluation).map(({ support, f1 }) => [support, f1]),
    [
      [10, 20 / 27],
      [10, 1],
      [3, 1],
      [10, 1],
    ],
  );
});

// ---- Inputs ----

test("the baseline of texts reads every text that the data set declares, and no other", async () => {
  const inputs: DeclaredInputs = {
    heading: { type: "text", form: "plain", maxCharacters: 100 },
    details: { type: "text", form: "plain", maxCharacters: 100 },
  };
  // Only the details tell the genre; the third value is not declared.
  const itemOf = (id: number, genre: number): EncodedMovie => {
    const movie = movieOf(LABELS, { id, target: oneHot(4, genre) });
    const details = `it is about ${LABELS[genre]}`;
    const other = `${LABELS[(id % 3) + 1]} ${LABELS[id % 2]}`;
    const values = { heading: `number ${id}`, details, other };
    return { ...movie, source: { ...movie.source, values } };
  };
  const items = (from: number) => Array.from({ length: 24 }, (_, i) => itemOf(from + i, i % 4));
  const { evaluation } = await evaluateGraph({
    dataset: { inputs },
    fitted: fittedOf({ training: items(1), validation: items(51), test: items(101) }, LABELS),
    posters: POSTERS,
    run: scriptedGraph(() => [0.5, 0.5, 0.5, 0.5]).run,
    seed: SEED,
  });
  assertClose(rowOf(evaluation, "heading + details TF-IDF, logistic").score?.mean, 1);
  assert.ok(!evaluation.rows.some(({ name }) => name.includes("neighbours")));
});

test("every subset's figures are those of its inputs", async () => {
  // The rank of the movie's genre is the sum of 1 for the title, 2 for the poster and 4 for ratings.
  const labels = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const graph = scriptedGraph(({ id, inputs }) => {
    const rank = inputs.reduce((sum, input) => sum + { title: 1, poster: 2, ratings: 4 }[input], 0);
    return ranked(labels.length, id % labels.length, Math.max(1, rank));
  });
  const movies = (from: number) =>
    Array.from({ length: 8 }, (_, i) =>
      movieOf(labels, {
        id: from + i,
        target: oneHot(labels.length, (from + i) % 8),
        ratings: i + 1,
      }),
    );
  const { evaluation } = await evaluateGraph({
    dataset: { inputs: MOVIE_INPUTS },
    fitted: fittedOf({ training: movies(1), validation: movies(51), test: movies(101) }, labels),
    posters: POSTERS,
    run: graph.run,
    seed: SEED,
  });
  const ranks = {
    "all inputs": 7,
    "title + poster": 3,
    "title + ratings": 5,
    "poster + ratings": 6,
    title: 1,
    poster: 2,
    ratings: 4,
  };
  for (const [name, rank] of Object.entries(ranks)) {
    const row = rowOf(evaluation, name);
    const { score, groups, figures } = row;
    assertClose(figureOf(row, "LRAP"), 1 / rank, `LRAP of ${name}`);
    const ranked = figures.filter(({ metric }) => metric.startsWith("mAP"));
    for (const { metric, value } of ranked) {
      assertClose(value, rank <= Number(metric.slice(4)) ? 1 / rank : 0, `${metric} of ${name}`);
    }
    assert.deepEqual(
      ranked.map(({ metric }) => metric),
      ["mAP@1", "mAP@3", "mAP@5", "mAP@8"],
    );
    assertClose(score?.mean, rank <= 5 ? 1 / rank : 0, `mAP@5 of ${name}`);
    assert.deepEqual(groups[0]!.score, score);
  }
  assert.equal(evaluation.fullRow, "all inputs");
});

// ---- Baselines ----

/**
 * Training and validation movies: four of Action, three of Comedy, two of Drama, none of War. War precedes Drama in label
 * order, so that it is ranked third if the validation movies do not count.
 */
const TRAINING: MovieSketch[] = [
  ...[1, 2, 3, 4].map((id) => ({ id, target: ACTION, title: "alpha strike", users: [1, 2] })),
  ...[5, 6, 7].map((id) => ({ id, target: COMEDY, title: "beta wedding", users: [3] })),
];
const dramaOf = (id: number): MovieSketch => ({
  id,
  target: DRAMA,
  title: "gamma tears",
  users: [4],
});
const VALIDATION: MovieSketch[] = [21, 22].map(dramaOf);
/** The graph's scores where they do not matter. */
const CONSTANT_SCORES = () => [0.4, 0.3, 0.2, 0.1];
const BASELINES = [
  "genre frequency",
  "title TF-IDF + decade, logistic",
  "ratings, nearest neighbours",
];

test("baselines learn from training and validation movies, but not from test movies", async () => {
  // Five test movies with a genre, word and users of their own: a baseline that learned from them would rank War first.
  const wars = [101, 102, 103, 104, 105].map((id) => {
    return { id, target: WAR, title: "zeta trench", users: [9, 10] };
  });
  const dramas = [106, 107, 108].map(dramaOf);
  const { evaluation } = await evaluated({
    training: TRAINING,
    validation: VALIDATION,
    test: [dramas[0]!, ...wars, ...dramas.slice(1)],
    answer: CONSTANT_SCORES,
  });
  const frequency = rowOf(evaluation, BASELINES[0]!);
  // Ranked Action, Comedy, Drama, War for every movie: War fourth, Drama third.
  assertClose(frequency.score?.mean, (5 / 4 + 3 / 3) / 8, "frequency");
  assertClose(figureOf(frequency, "LRAP"), (5 / 4 + 3 / 3) / 8, "frequency's LRAP");
  for (const name of BASELINES.slice(1)) {
    // Words and users of the dramas occur in validation movies, those of War movies nowhere.
    assertClose(rowOf(evaluation, name).score?.mean, (5 / 4 + 3) / 8, name);
  }
  const read = [[], ["title"], ["ratings"]];
  for (const [i, name] of BASELINES.entries()) {
    const row = rowOf(evaluation, name);
    const { kind, inputs, population, movies } = row;
    assert.deepEqual(
      [kind, inputs, figureOf(row, "F1 micro"), population, movies],
      ["baseline", read[i], null, "all movies", 8],
    );
  }
});

test("if the validation movies are scored, baselines learn from training movies only", async () => {
  const { evaluation } = await evaluated({
    training: TRAINING,
    validation: VALIDATION,
    test: [],
    answer: CONSTANT_SCORES,
  });
  assert.equal(evaluation.movies, 2);
  // War and Drama have no training movies; War precedes Drama in label order.
  for (const name of BASELINES) assertClose(rowOf(evaluation, name).score?.mean, 1 / 4, name);
});

// ---- Groups and intervals ----

/** The rank of each test movie's genre with all inputs. */
const GROUPED: readonly (Pick<MovieSketch, "poster" | "ratings"> & { rank: number })[] = [
  { rank: 1, ratings: 12 },
  { rank: 2, ratings: 5, poster: false },
  { rank: 4, ratings: 4 },
  { rank: 1, ratings: 1, poster: "broken" },
  { rank: 3, ratings: 0 },
  { rank: 4, ratings: 0, poster: false },
  { rank: 2, ratings: 40 },
  { rank: 1, ratings: 2 },
];
const GROUP_TEST: Scenario = {
  validation: Array.from({ length: 8 }, (_, i) => ({ id: 51 + i, target: DRAMA, ratings: i })),
  test: GROUPED.map(({ rank, ...facts }, i) => ({
    id: 101 + i,
    target: oneHot(LABELS.length, i % 4),
    ...facts,
  })),
  answer({ id, inputs }) {
    const place = id - 101;
    const rank = GROUPED[place]?.rank;
    if (rank === undefined) return CONSTANT_SCORES();
    return ranked(LABELS.length, place % 4, inputs.length === 1 ? 4 : rank);
  },
};
/** AP@5 of each movie by group, computed by hand. */
const GROUP_VALUES: Record<string, number[]> = {
  "all movies": [1, 1 / 2, 1 / 4, 1, 1 / 3, 1 / 4, 1 / 2, 1],
  "≥ 5 ratings": [1, 1 / 2, 1 / 2],
  "1-4 ratings": [1 / 4, 1, 1],
  "< 5 ratings": [1 / 4, 1, 1 / 3, 1 / 4, 1],
  unrated: [1 / 3, 1 / 4],
  "with a poster": [1, 1 / 4, 1 / 3, 1 / 2, 1],
};

test("figures of a group are those of its movies", async () => {
  const { evaluation } = await evaluated(GROUP_TEST);
  const { groups } = rowOf(evaluation, "all inputs");
  assert.deepEqual(
    groups.map(({ group, movies }) => [group, movies]),
    Object.entries(GROUP_VALUES).map(([group, values]) => [group, values.length]),
  );
  for (const { group, score } of groups) {
    const values = GROUP_VALUES[group]!;
    assertClose(score?.mean, values.reduce((sum, value) => sum + value) / values.length, group);
  }
  // The poster alone is scored on movies with a poster; a file that cannot be decoded is none.
  const poster = rowOf(evaluation, "poster");
  assert.deepEqual([poster.population, poster.movies], ["with a poster", 5]);
  assertClose(poster.score?.mean, 1 / 4);
  assert.deepEqual([rowOf(evaluation, "title").movies, evaluation.movies], [8, 8]);
});

test("intervals contain their figure, and depend only on the group's movies and the seed", async () => {
  const { evaluation } = await evaluated(GROUP_TEST);
  for (const { name, groups } of evaluation.rows) {
    for (const { group, score } of groups) {
      const inside = score!.low <= score!.mean && score!.mean <= score!.high;
      assert.ok(inside, `${name}, ${group}: ${JSON.stringify(score)}`);
    }
  }
  const { groups } = rowOf(evaluation, "all inputs");
  for (const { group, score } of groups) {
    assert.ok(score!.low < score!.mean && score!.mean < score!.high, group);
    // Exactly equal, because ranks determine the values.
    assert.deepEqual(score, bootstrapMean(GROUP_VALUES[group]!, { seed: SEED }), group);
  }
  assert.deepEqual((await evaluated(GROUP_TEST)).evaluation, evaluation);
  const other = await evaluated({ ...GROUP_TEST, seed: SEED + 1 });
  const [a, b] = [evaluation, other.evaluation].map((report) => rowOf(report, "all inputs").score!);
  assert.equal(a!.mean, b!.mean);
  assert.notDeepEqual([a!.low, a!.high], [b!.low, b!.high]);
});

test("the curve over numbers of ratings, and nothing else, is computed by `runAgain`", async () => {
  const both = async (runAgain?: RunGraph) =>
    evaluated({ ...GROUP_TEST, ...(runAgain ? { runAgain } : {}) });
  const plain = await both();
  const other = await both(scriptedGraph(() => WAR).run);
  assert.notDeepEqual(other.ratingsCurves, plain.ratingsCurves);
  assert.deepEqual(other.evaluation, plain.evaluation);
});

test("the curve over numbers of ratings is of the scored movies, with the run's seed", async () => {
  const { ratingsCurves } = await evaluated(GROUP_TEST);
  assert.deepEqual(
    ratingsCurves.map(({ input, group }) => [input, group]),
    [["ratings", "ratings"]],
  );
  const last = ratingsCurves[0]!.points.at(-1)!;
  assert.deepEqual([last.ratings, last.movies], [null, 6]);
  const values = GROUPED.flatMap(({ rank, ratings }) => (ratings ? 1 / rank : []));
  assert.deepEqual(last.together, bootstrapMean(values, { seed: SEED }));
  assertClose(last.alone?.mean, 1 / 4);
  assert.deepEqual((await evaluated(GROUP_TEST)).ratingsCurves, ratingsCurves);
});
