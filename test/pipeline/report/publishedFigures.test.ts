/**
 * Figures of the committed model: README.md, model card, report and manifest agree, and figures that follow from others
 * are consistent. Names of rows are read from the tables; the first row is that of all inputs.
 */

import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import { manifestSchema } from "../../../predictor/manifest.ts";
import { subsetMetric } from "../../../predictor/subsetMetric.ts";
import { labelsTarget } from "../../../predictor/targets/labels.ts";
import { cellOf, htmlTables, markdownTables, numberOf, type Table, tableOf } from "./tables.ts";

const BUNDLE = "models/ml1m";
const readme = readFileSync("README.md", "utf8");
const page = markdownTables(readFileSync("docs/page.md", "utf8"));
const card = readFileSync(`${BUNDLE}/README.md`, "utf8");
const manifest = manifestSchema.parse(JSON.parse(readFileSync(`${BUNDLE}/manifest.json`, "utf8")));

const target = labelsTarget(manifest.target);

const reportTables = htmlTables(readFileSync(`${BUNDLE}/report.html`, "utf8"));

const MAIN = ["input", "movies", "mAP@5 ["] as const;
const main = tableOf(markdownTables(card), ...MAIN);
const groups = tableOf(markdownTables(card), "mAP@5", "all movies");
const genres = tableOf(markdownTables(card), "genre", "movies", "AP");

/** The number of movies in a header such as "unrated (34)". */
const countOf = (cell: string) => Number(/\((\d+)\)$/.exec(cell)![1]);
const NAMES = main.slice(1).map(([name]) => name!);
const [ALL] = NAMES as [string];
const groupColumn = (name: string) => groups[0]!.findIndex((cell) => cell.startsWith(name));
const groupValue = (row: string, group: string) => numberOf(cellOf(groups, row, group));

/** Largest difference between two figures that are rounded to three decimals. */
const ROUNDED = 1.001e-3;
function assertNear(actual: number, expected: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= ROUNDED, `${what}: ${actual}, computed ${expected}`);
}

test("README.md has figures of the model card, beside the baselines of the same inputs", () => {
  const [, ...rows] = tableOf(
    markdownTables(readme),
    "inputs",
    "movies",
    "mAP@5 [95 %]",
    "beside it",
  );
  const baselines = {
    "users' ratings, nearest neighbours": "baseline: ratings, nearest neighbours",
    "words and decade, logistic regression": "baseline: title TF-IDF + decade, logistic",
  };
  const beside: string[] = [];
  for (const [name, movies, interval, other] of rows) {
    assert.equal(interval, cellOf(main, name!, "mAP@5 ["), name);
    assert.equal(Number(movies), numberOf(cellOf(main, name!, "movies")), name);
    if (other === "") continue;
    const [words, figure] = other!.split(": ") as [keyof typeof baselines, string];
    assert.equal(figure, cellOf(main, baselines[words], "mAP@5"), other);
    beside.push(words);
  }
  assert.deepEqual(
    rows.map(([name]) => name),
    [ALL, "title + poster", "title", "poster", "ratings"],
  );
  assert.deepEqual(new Set(beside), new Set(Object.keys(baselines)));
  const frequency = cellOf(main, "baseline: genre frequency", "mAP@5");
  assert.ok(readme.replace(/\s+/g, " ").includes(`the most frequent genres has ${frequency}.`));
});

test("the manifest has the model card's figures", () => {
  const { metrics } = manifest;
  for (const k of [1, 3, 5, 10, 18]) {
    assert.equal(metrics[`map@${k}`]!.toFixed(3), cellOf(main, ALL, `mAP@${k}`), `mAP@${k}`);
  }
  const subsets = NAMES.filter((name) => !name.startsWith("baseline: "));
  assert.equal(subsets.length, 7);
  for (const name of subsets) {
    const inputs = name === ALL ? ["title", "poster", "ratings"] : name.split(" + ");
    const value = metrics[subsetMetric(inputs)]!;
    assert.equal(value.toFixed(3), groupValue(name, "with a poster").toFixed(3), name);
  }
  const folds = tableOf(markdownTables(card), "input", "movies", "folds");
  const [mean, std] = folds[1]![2]!.split(" ± ");
  assert.equal(metrics["folds map@5"]!.toFixed(3), mean);
  const [, deviation] = Object.entries(metrics).find(([name]) => name.startsWith("folds map@5 "))!;
  assert.equal(deviation.toFixed(3), std);
});

test("the manifest has the model card's labels and thresholds", () => {
  assert.deepEqual(
    new Map(genres.slice(1).map(([label, , , , threshold]) => [label, threshold])),
    new Map(
      genres.slice(1).map(([label]) => {
        const threshold = target.thresholds.perLabel[target.labels.indexOf(label!)]!;
        return [label, threshold.toFixed(3)];
      }),
    ),
  );
  assert.equal(genres.length - 1, target.labels.length);
  assert.ok(card.includes(`Genres: ${target.labels.join(", ")}.`));
});

test("the card's front matter and first sentence have the figures of its tables", () => {
  const front = (type: string) =>
    Number(
      new RegExp(`- type: "${type.replace(/[()]/g, "\\$&")}"\n +value: ([\\d.]+)`).exec(card)![1],
    );
  assert.equal(front("mAP@5"), Number(manifest.metrics["map@5"]!.toFixed(4)));
  assert.equal(front("LRAP").toFixed(3), cellOf(main, ALL, "LRAP"));
  assert.equal(front("F1 (micro)").toFixed(3), cellOf(main, ALL, "F1 micro"));
  assert.equal(front("F1 (macro)").toFixed(3), cellOf(main, ALL, "F1 macro"));
  assert.ok(card.includes(`: **${cellOf(main, ALL, "mAP@5 [")}** (95 % interval`));
  assert.ok(card.includes(`(mAP@5 ${groupValue(ALL, "unrated").toFixed(3)} on unrated movies)`));
  const rare = genres.slice(1).filter(([, movies]) => Number(movies) < 20);
  const named = /Genres with fewer than 20 test movies, whose figures are uncertain: (.*)\./.exec(
    card,
  )![1]!;
  assert.deepEqual(new Set(named.split(", ")), new Set(rare.map(([label]) => label)));
});

test("README.md's sentences have the model card's figures", () => {
  const folds = tableOf(markdownTables(card), "input", "movies", "folds");
  const text = readme.replace(/\s+/g, " ");
  const sentence = `Five-fold cross-validation on the train split gives ${folds[1]![2]} with ${ALL}.`;
  assert.ok(text.includes(sentence), sentence);
  const [, difference, movies] =
    /TensorFlow\.js model is ([\de.-]+), over all ([\d,]+) movies/.exec(text)!;
  assert.ok(
    card.includes(`TensorFlow.js model on ${movies} movies: \`probabilities\` ${difference},`),
  );
});

test("the report has the model card's tables", () => {
  const byInputs = tableOf(reportTables, "inputs", "movies", "mAP@5 [");
  const f1 = tableOf(reportTables, "inputs", "F1 micro");
  const verdicts = tableOf(reportTables, "inputs", "no verdict", "likeliest missing");
  const byGroup = tableOf(reportTables, "mAP@5", "all movies");
  for (const [i, name] of NAMES.entries()) {
    const [, movies, ...figures] = main.find(([row]) => row === name)!;
    assert.deepEqual(byInputs[i + 1], [name, String(numberOf(movies!)), ...figures.slice(0, 7)]);
    const ofGroups = groups.find(([row]) => row === name)!.slice(1);
    assert.deepEqual(byGroup[i + 1], [name, ...ofGroups.map((cell) => cell.split(" ")[0])]);
    if (name.startsWith("baseline: ")) continue;
    assert.deepEqual(f1[i + 1], [name, ...figures.slice(7, 10)]);
    assert.deepEqual(verdicts[i + 1], [name, ...figures.slice(10)]);
  }
  const byGenre = tableOf(reportTables, "genre", "movies", "average precision").slice(1);
  const sorted = (rows: Table) => rows.toSorted((a, b) => (a[0]! < b[0]! ? -1 : 1));
  assert.deepEqual(sorted(byGenre), sorted(genres.slice(1)));
});

test("docs/page.md has the shares of movies without a verdict, by inputs", () => {
  const [, ...rows] = tableOf(page, "inputs", "movies", "no verdict", "likeliest missing");
  const percent = (name: string, column: string) =>
    `${(100 * numberOf(cellOf(main, name, column))).toFixed(1)} %`;
  assert.deepEqual(
    rows,
    NAMES.filter((name) => !name.startsWith("baseline: ")).map((name) => [
      name,
      `${numberOf(cellOf(main, name, "movies"))}`,
      percent(name, "no verdict"),
      percent(name, "likeliest missing"),
    ]),
  );
});

test("the published curve ends in the manifest's figures, and docs/page.md has it", () => {
  const [curve, ...others] = manifest.curves!;
  assert.equal(others.length, 0);
  const { input, metric, items, counts, subsets } = curve!;
  assert.deepEqual([input, metric], ["ratings", "map@5"]);
  assert.deepEqual(counts, [0, 1, 2, 5, 10, 20, 50, 100, 200, null]);
  const names = subsets.map(({ groups }) => groups.join(" + "));
  assert.deepEqual(names, [
    "title + poster + ratings",
    "title + ratings",
    "poster + ratings",
    "ratings",
  ]);
  // The manifest's other figures are also over the few movies with a poster that have no ratings.
  const rated = items / countOf(groups[0]![groupColumn("with a poster")]!);
  assert.ok(rated > 0.98 && rated <= 1, `${rated}`);
  for (const [i, { groups, values }] of subsets.entries()) {
    const all = manifest.metrics[subsetMetric(groups)]!;
    assert.ok(Math.abs(values.at(-1)! - all) < 2 * (1 - rated) + 1e-9, names[i]);
    const without = groups.filter((group) => group !== "ratings");
    const none =
      without.length > 0
        ? manifest.metrics[subsetMetric(without)]!
        : groupValue("baseline: genre frequency", "with a poster");
    assert.ok(Math.abs(values[0]! - none) < 2 * (1 - rated) + 1e-3, names[i]);
  }
  const [header, ...rows] = tableOf(page, "ratings given");
  assert.deepEqual(
    header!.slice(1),
    counts.map((count) => `${count ?? "all"}`),
  );
  assert.deepEqual(
    rows,
    subsets.map(({ values }, i) => [names[i], ...values.map((value) => value!.toFixed(2))]),
  );
});

test("docs/page.md compares the curve with movies that have few ratings", () => {
  const text = readFileSync("docs/page.md", "utf8").replace(/\s+/g, " ");
  const few = groups[0]![groupColumn("1-4 ratings")]!;
  const of = (row: string, group: string) => groupValue(row, group).toFixed(2);
  const frequency = "baseline: genre frequency";
  assert.ok(
    text.includes(
      `the ${countOf(few)} with 1 to 4 have ${of(ALL, "1-4 ratings")}, but the frequency of genres alone gives ${of(frequency, "1-4 ratings")} there, and ${of(frequency, "all movies")} of all movies.`,
    ),
  );
  assert.ok(
    text.includes(`on the ${manifest.curves![0]!.items} test movies with ratings and a poster`),
  );
});

test("intervals contain their figure, which equals the table's mAP@5", () => {
  const cells = [
    ...main.slice(1).map((row) => row[2]!),
    ...groups.slice(1).flatMap((row) => row.slice(1)),
  ];
  assert.equal(cells.length, 10 * 7);
  for (const cell of cells) {
    const [mean, low, high] = /^([\d.]+) \[([\d.]+), ([\d.]+)\]$/.exec(cell)!.slice(1).map(Number);
    assert.ok(0 < low! && low! < mean! && mean! < high! && high! < 1, cell);
  }
  for (const name of NAMES) {
    assert.equal(numberOf(cellOf(main, name, "mAP@5 [")), numberOf(cellOf(main, name, "mAP@5")));
    const own = cellOf(main, name, "movies").includes("poster") ? "with a poster" : "all movies";
    assert.equal(cellOf(groups, name, own), cellOf(main, name, "mAP@5 ["), name);
  }
});

test("numbers of movies of disjoint groups add up, and figures are their weighted means", () => {
  const of = (name: string) => countOf(groups[0]![groupColumn(name)]!);
  assert.equal(of("≥ 5 ratings") + of("< 5 ratings"), of("all movies"));
  assert.equal(of("1-4 ratings") + of("unrated"), of("< 5 ratings"));
  assert.equal(of("all movies"), numberOf(cellOf(main, ALL, "movies")));
  assert.equal(of("with a poster"), numberOf(cellOf(main, "poster", "movies")));
  // Every test movie has a genre, so that figures are means over all movies of a group.
  const mean = (row: string, parts: readonly string[]) =>
    parts.reduce((sum, part) => sum + of(part) * groupValue(row, part), 0) /
    parts.reduce((sum, part) => sum + of(part), 0);
  for (const name of NAMES) {
    assertNear(groupValue(name, "all"), mean(name, ["≥ 5 ratings", "< 5 ratings"]), name);
    assertNear(groupValue(name, "< 5 ratings"), mean(name, ["1-4 ratings", "unrated"]), name);
  }
});

test("macro F1 is the mean of the genres' F1, and AP over all genres is LRAP", () => {
  const f1 = genres.slice(1).map(([, , , value]) => Number(value));
  assertNear(Number(cellOf(main, ALL, "F1 macro")), f1.reduce((a, b) => a + b) / f1.length, "F1");
  // Equal because probabilities have no ties.
  const all = `mAP@${target.labels.length}`;
  for (const name of NAMES) {
    assertNear(Number(cellOf(main, name, "LRAP")), Number(cellOf(main, name, all)), name);
  }
});

test("on unrated movies, figures with and without ratings are equal", () => {
  for (const [more, less] of [
    [ALL, "title + poster"],
    ["title + ratings", "title"],
    ["poster + ratings", "poster"],
  ] as const) {
    assert.equal(cellOf(groups, more, "unrated"), cellOf(groups, less, "unrated"), more);
  }
});

test("the ends of the curve over numbers of ratings agree with the tables", () => {
  const [, ...points] = tableOf(reportTables, "ratings given", "movies with as many");
  const of = (name: string) => countOf(groups[0]![groupColumn(name)]!);
  const rated = of("all movies") - of("unrated");
  const amongRated = (row: string) =>
    (of("all movies") * groupValue(row, "all movies") -
      of("unrated") * groupValue(row, "unrated")) /
    rated;
  const [first, last] = [points[0]!, points.at(-1)!];
  assert.deepEqual([first[0], first[1], last[0], last[1]], ["0", `${rated}`, "all", `${rated}`]);
  assertNear(numberOf(first[2]!), amongRated("title + poster"), "no rating");
  // Without any input, genres are ranked by their frequency.
  assertNear(numberOf(first[3]!), amongRated("baseline: genre frequency"), "nothing");
  assertNear(numberOf(last[2]!), amongRated(ALL), "all ratings");
  assertNear(numberOf(last[3]!), amongRated("ratings"), "all ratings alone");
  const five = points.find(([ratings]) => ratings === "5")!;
  assert.equal(Number(five[1]), of("≥ 5 ratings"));
});

test("the first fusion has the figures of the published graph", () => {
  const [header, first] = tableOf(reportTables, "fusion") as [string[], string[]];
  for (const [i, on] of header.entries()) {
    if (i === 0) continue;
    const [row, group] = on.split(", ") as [string, string | undefined];
    assertNear(Number(first[i]), groupValue(row, group ?? "all movies"), on);
  }
});

test("tables of files have the files' sizes, and the figures agree", () => {
  const files = tableOf(markdownTables(card), "file", "size", "mAP@5").slice(1);
  const listed = tableOf(reportTables, "file", "size", "mAP@5").slice(1);
  assert.deepEqual(
    files.map(([file]) => file),
    Object.keys(manifest.files)
      .filter((name) => name.endsWith(".onnx"))
      .map((name) => `\`${name}\``),
  );
  for (const [i, [file, size, ...figures]] of files.entries()) {
    const name = file!.replaceAll("`", "");
    const { size: bytes } = statSync(`${BUNDLE}/${name}`);
    assert.equal(bytes, manifest.files[name]!.bytes);
    assert.equal(size, `${(bytes / 2 ** 20).toFixed(1)} MiB`);
    assert.deepEqual(listed[i], [name, size, ...figures]);
  }
  assert.equal(files[0]![2], cellOf(main, ALL, "mAP@5"));
});
