/** The baselines on small invented data with known results. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { baselines, genreFrequency } from "../../../pipeline/evaluate/baselines.ts";
import { rankLabels } from "../../../predictor/metrics.ts";
import { scannedBy } from "../../countWork.ts";

const LABELS = ["Comedy", "Horror", "Western"];
const TRAIN = [
  ...Array.from({ length: 6 }, (_, i) => ({
    title: `Funny day ${i} (1994)`,
    labels: ["Comedy"],
    users: [i],
  })),
  ...Array.from({ length: 4 }, (_, i) => ({
    title: `Dark night ${i} (1983)`,
    labels: ["Horror"],
    users: [9],
  })),
];

test("genre frequency is the share of training movies, equal for every movie", () => {
  assert.deepEqual(genreFrequency(TRAIN, 2, LABELS), Float32Array.of(0.6, 0.4, 0, 0.6, 0.4, 0));
});

test("the title baseline ranks by words and decade, and gives 0 to labels without training movies", () => {
  const movies = ["Dark day night (1985)", "Funny (1990)", "Unknown (1988)"];
  const [, title] = baselines(
    TRAIN,
    movies.map((name) => ({ title: name, users: [] })),
    LABELS,
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

test("rated movies are scored by neighbours, the others by frequency", () => {
  const movies = [
    { title: "A", users: [9] },
    { title: "B", users: [] },
  ];
  const { name, scores } = baselines(TRAIN, movies, LABELS)[2]!;
  assert.equal(name, "ratings, nearest neighbours");
  assert.deepEqual(rankLabels(scores!.subarray(0, 3)), [1, 0, 2]);
  assert.deepEqual(scores!.subarray(3), genreFrequency(TRAIN, 1, LABELS));
});

const scored = (train: typeof TRAIN) =>
  baselines(train, [{ title: "A night (1985)", users: [9] }], LABELS).map(
    ({ scores }) => scores !== null,
  );
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
    assert.deepEqual(scored(TRAIN.map((movie) => ({ ...movie, ...change(movie) }))), fits);
  });
}

test("the baseline of texts is named after them", () => {
  const names = (texts?: readonly string[]) =>
    baselines(TRAIN, [{ title: "A", users: [] }], LABELS, texts).map(({ name }) => name);
  const others = ["genre frequency", "ratings, nearest neighbours"] as const;
  const movies = [others[0], "title TF-IDF + decade, logistic", others[1]];
  assert.deepEqual([names(), names(["title"])], [movies, movies]);
  assert.equal(names(["name", "details"])[1], "name + details TF-IDF, logistic");
  assert.equal(names(["name"])[1], "name TF-IDF, logistic");
});

test("an empty training set is an error", () => {
  assert.throws(
    () => baselines([], [{ title: "A", users: [] }], LABELS),
    /at least one training movie/,
  );
});

test("movies with hundreds of labels are not searched for each label", async () => {
  const labels = Array.from({ length: 500 }, (_, i) => `tag ${i}`);
  const train = [0, 1, 2, 3].map((i) => ({
    title: `Movie ${i} (199${i})`,
    labels: labels.filter((_, label) => label % 4 <= i),
    users: [i],
  }));
  const scanned = await scannedBy(() => {
    const [frequency] = baselines(train, train, labels);
    assert.deepEqual([...frequency!.scores!.subarray(0, 4)], [1, 0.75, 0.5, 0.25]);
  });
  assert.ok(scanned < 10 * labels.length, `${scanned} labels looked at`);
});
