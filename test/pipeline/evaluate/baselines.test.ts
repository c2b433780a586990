/** The baselines on small invented data with known results. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type DeclaredInputs, MOVIE_INPUTS } from "../../../pipeline/dataset/inputs.ts";
import { type BaselineOptions, baselines } from "../../../pipeline/evaluate/baselines.ts";
import type { EncodedMovie } from "../../../pipeline/fit/prepare.ts";
import type { DeclaredTarget } from "../../../pipeline/targets/targetRules.ts";
import { rulesOf } from "../../../pipeline/targets/types.ts";
import { rankLabels } from "../../../predictor/metrics.ts";
import { MOVIE_NOUNS } from "../../../predictor/nouns.ts";
import { scannedBy } from "../../countWork.ts";
import { movieOf, SPEC } from "./scriptedGraph.ts";

const LABELS = ["Comedy", "Horror", "Western"];

interface Row {
  readonly title: string;
  readonly labels: readonly string[];
  readonly users: readonly number[];
  readonly value?: number;
}

const TRAIN: Row[] = [
  ...Array.from({ length: 6 }, (_, i) => ({
    title: `Funny day ${i} (1994)`,
    labels: ["Comedy"],
    users: [i],
    value: 10,
  })),
  ...Array.from({ length: 4 }, (_, i) => ({
    title: `Dark night ${i} (1983)`,
    labels: ["Horror"],
    users: [9],
    value: 20,
  })),
];

function scored(
  train: readonly Row[],
  movies: readonly Row[],
  {
    labels = LABELS,
    declared = { type: "labels" },
    ...others
  }: { labels?: readonly string[]; declared?: DeclaredTarget } & Partial<BaselineOptions> = {},
) {
  const rules = rulesOf(declared);
  const outputs = declared.type === "number" ? ["price"] : labels;
  const target = rules.fit(train, outputs, declared);
  const encode = (row: Row, i: number): EncodedMovie => {
    const { labels: own, value, ...sketch } = row;
    const movie = movieOf([], { id: (i % 255) + 1, target: [], ...sketch });
    const source = { ...movie.source, labels: own, value };
    return { ...movie, source, target: rules.encode(row, target) };
  };
  return baselines({
    train: train.map(encode),
    movies: movies.map(encode),
    inputs: MOVIE_INPUTS,
    specs: SPEC,
    target,
    nouns: MOVIE_NOUNS,
    ...others,
  });
}

const unlabelled = (title: string, users: number[] = []): Row => ({
  title,
  labels: [],
  users,
  value: 0,
});

test("label frequency is the share of training movies, equal for every movie", () => {
  const [frequency] = scored(TRAIN, [unlabelled("A"), unlabelled("B")]);
  assert.equal(frequency!.name, "genre frequency");
  assert.deepEqual(frequency!.scores, Float32Array.of(0.6, 0.4, 0, 0.6, 0.4, 0));
});

test("the title baseline ranks by words and decade, and gives 0 to labels without training movies", () => {
  const movies = ["Dark day night (1985)", "Funny (1990)", "Unknown (1988)"];
  const [, title] = scored(
    TRAIN,
    movies.map((name) => unlabelled(name)),
  );
  const rows = movies.map((_, i) => title!.scores!.subarray(3 * i, 3 * i + 3));
  assert.deepEqual(rows.map(rankLabels), [
    [1, 0, 2],
    [0, 1, 2],
    [1, 0, 2],
  ]);
  for (const row of rows) {
    assert.equal(row[2], 0);
    assert.ok(row.every((score) => score >= 0 && score <= 1));
  }
});

test("the linear one is named by what there is, and left out where there are no words or columns", () => {
  const names = (inputs: DeclaredInputs, specs: BaselineOptions["specs"]) =>
    scored(TRAIN, [unlabelled("A")], { inputs, specs }).map(({ name }) => name);
  const { title, year, poster } = MOVIE_INPUTS as Required<typeof MOVIE_INPUTS>;
  const { title: titleSpec, poster: posterSpec } = SPEC;
  assert.equal(names({ title: title!, year: year! }, SPEC)[1], "title TF-IDF + decade, logistic");
  assert.equal(names({ title: title! }, { title: titleSpec })[1], "title TF-IDF, logistic");
  assert.deepEqual(names({ poster: poster! }, { poster: posterSpec }), ["genre frequency"]);
});

test("rated movies are scored by neighbours, the others by frequency", () => {
  const { name, scores } = scored(TRAIN, [unlabelled("A", [9]), unlabelled("B")])[2]!;
  assert.equal(name, "ratings, nearest neighbours");
  assert.deepEqual(rankLabels(scores!.subarray(0, 3)), [1, 0, 2]);
  assert.deepEqual(scores!.subarray(3), Float32Array.of(0.6, 0.4, 0));
});

test("of classes, the most frequent one, and probabilities that sum to 1", () => {
  const movies = [unlabelled("Dark night (1985)"), unlabelled("Funny day (1990)")];
  const [constant, linear] = scored(TRAIN, movies, { declared: { type: "class" } });
  assert.equal(constant!.name, "most frequent genre");
  assert.equal(linear!.name, "title TF-IDF + decade, multinomial logistic");
  assert.deepEqual(rankLabels(linear!.scores!.subarray(0, 3))[0], 1);
  assert.deepEqual(rankLabels(linear!.scores!.subarray(3))[0], 0);
  for (const at of [0, 3]) {
    const sum = linear!.scores!.subarray(at, at + 3).reduce((total, score) => total + score, 0);
    assert.ok(Math.abs(sum - 1) < 1e-6);
  }
});

test("of a number, the mean, ridge regression, and the mean of neighbours", () => {
  const movies = [unlabelled("Dark night (1985)", [9]), unlabelled("Funny day (1990)", [1])];
  const [mean, ridge, near] = scored(TRAIN, movies, { declared: { type: "number" } });
  assert.deepEqual(mean!.scores, Float32Array.of(14, 14));
  assert.equal(mean!.name, "mean");
  assert.equal(ridge!.name, "title TF-IDF + decade, ridge");
  assert.ok(ridge!.scores![0]! > 17 && ridge!.scores![1]! < 13, String(ridge!.scores));
  assert.ok(near!.scores![0]! > 18 && near!.scores![1]! < 11, String(near!.scores));
});

const fitted = (train: readonly Row[]) =>
  scored(train, [unlabelled("A night (1985)", [9])]).map(({ scores }) => scores !== null);
const cases: [what: string, change: (movie: (typeof TRAIN)[number]) => object, fits: boolean[]][] =
  [
    ["nothing in common", () => ({}), [true, true, true]],
    ["equal titles", () => ({ title: "Dark night (1983)" }), [true, false, true]],
    [
      "titles of signs only",
      ({ title }) => ({ title: "?".repeat(title.length) }),
      [true, false, true],
    ],
    [
      "titles of signs and a decade",
      ({ title }) => ({ title: `! ${title.slice(-6)}` }),
      [true, true, true],
    ],
    ["no ratings", () => ({ users: [] }), [true, true, false]],
  ];
for (const [what, change, fits] of cases) {
  test(`training movies with ${what}: baselines that cannot be fitted have no scores`, () => {
    assert.deepEqual(fitted(TRAIN.map((movie) => ({ ...movie, ...change(movie) }))), fits);
  });
}

test("the baseline of texts is named after them, and there are none of ratings without ratings", () => {
  const text = { type: "text", form: "plain", maxCharacters: 100 } as const;
  const names = (inputs: DeclaredInputs) =>
    scored(TRAIN, [unlabelled("A")], { inputs }).map(({ name }) => name);
  assert.deepEqual(names(MOVIE_INPUTS), [
    "genre frequency",
    "title TF-IDF + decade, logistic",
    "ratings, nearest neighbours",
  ]);
  assert.deepEqual(names({ name: text, details: text }), [
    "genre frequency",
    "name + details TF-IDF, logistic",
  ]);
  assert.equal(names({ name: text })[1], "name TF-IDF, logistic");
});

test("an empty training set is an error", () => {
  assert.throws(() => scored([], [unlabelled("A")]), /at least one training item/);
});

test("movies with hundreds of labels are not searched for each label", async () => {
  const labels = Array.from({ length: 500 }, (_, i) => `tag ${i}`);
  const train = [0, 1, 2, 3].map((i) => ({
    title: `Movie ${i} (199${i})`,
    labels: labels.filter((_, label) => label % 4 <= i),
    users: [i],
  }));
  const scanned = await scannedBy(() => {
    const [frequency] = scored(train, train, { labels });
    assert.deepEqual([...frequency!.scores!.subarray(0, 4)], [1, 0.75, 0.5, 0.25]);
  });
  assert.ok(scanned < 10 * labels.length, `${scanned} labels looked at`);
});
