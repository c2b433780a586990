/** The evaluation report on a data set small enough to check by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type EvaluateOptions, evaluate } from "../../../pipeline/evaluate/evaluate.ts";
import { figureOf } from "../../../pipeline/evaluate/table.ts";
import type { LabelsDetail } from "../../../pipeline/targets/labels/evaluation.ts";
import { labelsTarget, MOVIE_GROUPING } from "../labelsTarget.ts";

const LABELS = ["Action", "Drama", "War"];
// biome-ignore format: a matrix reads best as rows
const TARGETS = Uint8Array.of(
  1, 0, 0,
  0, 1, 1,
  0, 1, 0,
  0, 0, 0,
);
// biome-ignore format: a matrix reads best as rows
const FULL = Float32Array.of(
  0.9, 0.5, 0.1,
  0.1, 0.9, 0.8,
  0.7, 0.6, 0.2,
  0.3, 0.2, 0.1,
);
// biome-ignore format: a matrix reads best as rows
const POSTER = Float32Array.of(
  0.1, 0.2, 0.9,
  0.1, 0.9, 0.8,
  0.1, 0.9, 0.2,
  0.1, 0.9, 0.2,
);
const OPTIONS: EvaluateOptions = {
  target: labelsTarget(LABELS),
  truth: TARGETS,
  grouping: MOVIE_GROUPING,
  facts: [
    { present: ["title", "ratings"], ratings: 12 },
    { present: ["title", "poster", "ratings"], ratings: 5 },
    { present: ["title", "poster", "ratings"], ratings: 4 },
    { present: ["title", "poster"], ratings: 0 },
  ],
  subsets: [
    { name: "poster", inputs: ["poster"], scores: POSTER },
    { name: "all", inputs: ["title", "poster", "ratings"], scores: FULL },
  ],
  baselines: [{ name: "frequency", inputs: [], scores: new Float32Array(12).fill(0.5) }],
  thresholds: { perLabel: [0.65, 0.5, 0.5], subsets: [] },
  seed: 11,
};

test("rows have the metrics computed by hand, over their group of movies", () => {
  const { rows } = evaluate(OPTIONS);
  assert.deepEqual(
    rows.map(({ name, kind, population, movies }) => [name, kind, population, movies]),
    [
      ["poster", "model", "with a poster", 3],
      ["all", "model", "all movies", 4],
      ["frequency", "baseline", "all movies", 4],
    ],
  );
  const [poster, all, frequency] = rows;
  // The fourth movie has no label: it is not part of any mean, but it counts as a movie.
  assert.equal(poster!.score!.mean, 1);
  assert.equal(all!.score!.mean, (1 + 1 + 1 / 2) / 3);
  assert.ok(Math.abs(frequency!.score!.mean - (1 + (1 / 2 + 2 / 3) / 2 + 1 / 2) / 3) < 1e-12);
  // Thresholds 0.65, 0.5, 0.5 give: Action+Drama, Drama+War, Action+Drama, and the most probable one, Action.
  assert.equal(figureOf(all!, "F1 micro"), (2 * 4) / (7 + 4));
  assert.equal(figureOf(frequency!, "F1 micro"), null);
});

test("every group of movies has the calibration of its own movies", () => {
  const [, all, frequency] = evaluate(OPTIONS).rows;
  const of = (name: string) => all!.groups.find(({ group }) => group === name)!.calibration!;
  // One movie, whose probabilities of 0.3, 0.2 and 0.1 are all wrong.
  const { ece, bins } = of("unrated");
  assert.ok(Math.abs(ece - 0.2) < 1e-7, `${ece}`);
  assert.equal(
    bins.reduce((sum, { count }) => sum + count, 0),
    3,
  );
  const counted = of("≥ 5 ratings").bins.reduce((sum, { count }) => sum + count, 0);
  assert.equal(counted, 2 * LABELS.length);
  assert.deepEqual(of("all movies"), all!.calibration);
  assert.ok(frequency!.groups.every(({ calibration }) => calibration === null));
});

test("K above the number of labels is reduced to it", () => {
  const [, all] = evaluate(OPTIONS).rows;
  assert.deepEqual(
    all!.figures.map(({ metric }) => metric).filter((metric) => metric.startsWith("mAP")),
    ["mAP@1", "mAP@3"],
  );
  assert.equal(figureOf(all!, "mAP@1"), 2 / 3);
  assert.equal(figureOf(all!, "mAP@3"), all!.score!.mean);
});

test("movies are grouped by number of ratings and poster; an empty group has no result", () => {
  const [, all] = evaluate(OPTIONS).rows;
  assert.deepEqual(
    all!.groups.map(({ group, movies, score }) => [group, movies, score?.mean]),
    [
      ["all movies", 4, 2.5 / 3],
      ["≥ 5 ratings", 2, 1],
      ["1-4 ratings", 1, 0.5],
      ["< 5 ratings", 2, 0.5],
      ["unrated", 1, undefined],
      ["with a poster", 3, 0.75],
    ],
  );
});

test("labels are scored on the row with the most inputs", () => {
  const { fullRow, detail } = evaluate(OPTIONS);
  assert.equal(fullRow, "all");
  assert.deepEqual(
    (detail as LabelsDetail).labels.map(({ label, support, averagePrecision, f1 }) => [
      label,
      support,
      averagePrecision,
      f1,
    ]),
    [
      ["Action", 1, 1, 1 / 2],
      ["Drama", 2, 1, 0.8],
      ["War", 1, 1, 1],
    ],
  );
});

test("a label without movies has no average precision", () => {
  const truth = TARGETS.map((value, i) => (i % 3 === 2 ? 0 : value));
  const { detail } = evaluate({ ...OPTIONS, truth });
  assert.equal((detail as LabelsDetail).labels[2]!.averagePrecision, null);
});

test("the report is plain JSON and depends only on the seed", () => {
  const report = evaluate(OPTIONS);
  assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
  assert.deepEqual(evaluate(OPTIONS), report);
  const other = evaluate({ ...OPTIONS, seed: 12 });
  assert.equal(other.rows[1]!.score!.mean, report.rows[1]!.score!.mean);
});

test("all shapes that do not fit are named in one error", () => {
  const bad = {
    ...OPTIONS,
    thresholds: { perLabel: [0.5], subsets: [] },
    subsets: [{ name: "all", inputs: [], scores: new Float32Array(11) }],
  };
  assert.throws(
    () => evaluate(bad),
    /thresholds: expected 3 values, one per label, got 1; scores of "all": expected 12 values .* got 11/,
  );
  assert.throws(() => evaluate({ ...OPTIONS, subsets: [] }), /subsets: expected at least one/);
});

test("a baseline that could not be fitted, and subsets of inputs that are left out, have no figures", () => {
  const subsets = [
    ...OPTIONS.subsets,
    { name: "title", inputs: ["title" as const], scores: FULL },
    { name: "title + poster", inputs: ["title" as const, "poster" as const], scores: FULL },
  ];
  const baselines = [{ name: "regression", inputs: ["title"], scores: null }, ...OPTIONS.baselines];
  const given = { ...OPTIONS, subsets, baselines };
  const ordinary = evaluate({ ...given, baselines: OPTIONS.baselines });
  const { rows, detail } = evaluate({ ...given, leftOut: ["title", "ratings"] });
  assert.deepEqual(detail, ordinary.detail);
  const none = rows.filter(({ name }) => name === "title" || name === "regression");
  assert.deepEqual(
    rows.filter((row) => !none.includes(row)),
    ordinary.rows.filter(({ name }) => name !== "title"),
  );
  for (const row of none) {
    const { kind, inputs } = row;
    const { groups, ...full } = ordinary.rows.find(({ name }) => name === "all")!;
    assert.deepEqual(row, {
      ...full,
      name: row.name,
      kind,
      inputs,
      score: null,
      figures: full.figures.map(({ metric }) => ({ metric, value: null })),
      calibration: null,
      groups: groups.map((group) => ({ ...group, score: null, calibration: null })),
    });
  }
  assert.deepEqual(
    none.map(({ kind, inputs }) => [kind, inputs]),
    [
      ["model", ["title"]],
      ["baseline", ["title"]],
    ],
  );
});
