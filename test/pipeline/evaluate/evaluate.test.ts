/** The evaluation report on a data set small enough to check by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type EvaluateOptions, evaluate } from "../../../pipeline/evaluate/evaluate.ts";

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
  labels: LABELS,
  targets: TARGETS,
  facts: [
    { hasPoster: false, ratings: 12 },
    { hasPoster: true, ratings: 5 },
    { hasPoster: true, ratings: 4 },
    { hasPoster: true, ratings: 0 },
  ],
  subsets: [
    { name: "poster", inputs: ["poster"], scores: POSTER },
    { name: "all", inputs: ["title", "poster", "ratings"], scores: FULL },
  ],
  baselines: [{ name: "frequency", scores: new Float32Array(12).fill(0.5) }],
  thresholds: [0.65, 0.5, 0.5],
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
  assert.equal(poster!.map5!.mean, 1);
  assert.equal(all!.map5!.mean, (1 + 1 + 1 / 2) / 3);
  assert.ok(Math.abs(frequency!.map5!.mean - (1 + (1 / 2 + 2 / 3) / 2 + 1 / 2) / 3) < 1e-12);
  // Thresholds 0.65, 0.5, 0.5 give: Action+Drama, Drama+War, Action+Drama, nothing.
  assert.equal(all!.f1!.micro, (2 * 4) / (6 + 4));
  assert.equal(frequency!.f1, null);
});

test("K above the number of labels is reduced to it", () => {
  const [, all] = evaluate(OPTIONS).rows;
  assert.deepEqual(
    all!.mapAtK.map(({ k }) => k),
    [1, 3],
  );
  assert.equal(all!.mapAtK[0]!.value, 2 / 3);
  assert.equal(all!.mapAtK[1]!.value, all!.map5!.mean);
});

test("movies are grouped by number of ratings and poster; an empty group has no result", () => {
  const [, all] = evaluate(OPTIONS).rows;
  assert.deepEqual(
    all!.groups.map(({ group, movies, map5 }) => [group, movies, map5?.mean]),
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
  const { fullRow, genres } = evaluate(OPTIONS);
  assert.equal(fullRow, "all");
  assert.deepEqual(
    genres.map(({ label, support, averagePrecision, f1 }) => [
      label,
      support,
      averagePrecision,
      f1,
    ]),
    [
      ["Action", 1, 1, 2 / 3],
      ["Drama", 2, 1, 0.8],
      ["War", 1, 1, 1],
    ],
  );
});

test("a label without movies has no average precision", () => {
  const targets = TARGETS.map((value, i) => (i % 3 === 2 ? 0 : value));
  assert.equal(evaluate({ ...OPTIONS, targets }).genres[2]!.averagePrecision, null);
});

test("the report is plain JSON and depends only on the seed", () => {
  const report = evaluate(OPTIONS);
  assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
  assert.deepEqual(evaluate(OPTIONS), report);
  const other = evaluate({ ...OPTIONS, seed: 12 });
  assert.equal(other.rows[1]!.map5!.mean, report.rows[1]!.map5!.mean);
});

test("all shapes that do not fit are named in one error", () => {
  const bad = {
    ...OPTIONS,
    thresholds: [0.5],
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
  const baselines = [{ name: "regression", scores: null }, ...OPTIONS.baselines];
  const given = { ...OPTIONS, subsets, baselines };
  const ordinary = evaluate({ ...given, baselines: OPTIONS.baselines });
  const { rows, genres } = evaluate({ ...given, leftOut: ["title", "ratings"] });
  assert.deepEqual(genres, ordinary.genres);
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
      mapAtK: full.mapAtK.map(({ k }) => ({ k, value: null })),
      map5: null,
      lrap: null,
      f1: null,
      groups: groups.map((group) => ({ ...group, map5: null })),
    });
  }
  assert.deepEqual(
    none.map(({ kind, inputs }) => [kind, inputs]),
    [
      ["model", ["title"]],
      ["baseline", []],
    ],
  );
});
