/** docs/experiments.md has the figures of the committed results, and these are of the committed sweeps. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { stopAt } from "../../../bench/experiments/stopping.ts";
import { effective, flattened } from "../../../pipeline/config/compare.ts";
import type { LearningCurve } from "../../../pipeline/folds/learningCurve.ts";
import { spreadOf } from "../../../pipeline/folds/summary.ts";
import { readComparisons, type SweepComparison } from "../../../pipeline/report/comparison.ts";
import { markdownTables, type Table } from "../../pipeline/report/tables.ts";

const FOLDER = "bench/experiments";
const RESULTS = join(FOLDER, "results");
const jsonOf = (path: string) => JSON.parse(readFileSync(path, "utf8"));
const resultsOf = (name: string) => jsonOf(join(RESULTS, `${name}.json`));

const documented = readFileSync("docs/experiments.md", "utf8");

/** The tables of the section that links to a results file. */
function tablesOf(name: string): Table[] {
  const sections = documented
    .split(/\n(?=## )/)
    .filter((section) => section.includes(`(../${RESULTS}/${name}.json)`));
  assert.equal(sections.length, 1, `sections that link to ${name}.json`);
  return markdownTables(sections[0]!);
}

const figure = ({ mean, std }: { mean: number; std: number }) =>
  `${mean.toFixed(3)} ± ${std.toFixed(3)}`;

/** Results of sweeps, by name. */
const SWEEPS = readdirSync(RESULTS)
  .map((file) => basename(file, ".json"))
  .filter((name) => "rows" in resultsOf(name));
const comparisonOf = (name: string): SweepComparison =>
  readComparisons([join(RESULTS, `${name}.json`)])[0]!;

test("every sweep has results", () => {
  const swept = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json") && "parameters" in jsonOf(join(FOLDER, file)))
    .map((file) => basename(file, ".json"));
  assert.deepEqual(SWEEPS.toSorted(), swept.toSorted());
});

for (const name of SWEEPS) {
  test(`${name}: the results are those of the sweep`, () => {
    const swept = jsonOf(join(FOLDER, `${name}.json`));
    const { base, folds, rows, title, finding } = comparisonOf(name);
    const given = flattened(effective(swept.base));
    for (const [option, value] of flattened(base)) {
      assert.deepEqual(given.get(option), value, option);
    }
    assert.equal(folds, swept.base.folds);
    assert.deepEqual([title, finding], [swept.title, swept.finding]);
    const trials = Object.values<unknown[]>(swept.parameters).reduce(
      (n, list) => n * list.length,
      1,
    );
    const repeats = name === "noise" ? 3 : 1;
    assert.equal(rows.length, trials * repeats);
  });
}

for (const name of SWEEPS.filter((sweep) => sweep !== "noise")) {
  test(`${name}: the document has a row for every trial`, () => {
    const [table] = tablesOf(name);
    const { rows } = comparisonOf(name);
    const documentedRows = new Map(table!.slice(1).map(([options, score]) => [options, score]));
    for (const { options, mean, std } of rows) {
      const label = `\`${options.replace(/^\w+=\{(.*)\}$/, "$1")}\``;
      assert.equal(documentedRows.get(label), figure({ mean: mean!, std: std! }), options);
      documentedRows.delete(label);
    }
    const others = name === "poster" ? ["no input: the most frequent genres"] : [];
    assert.deepEqual([...documentedRows.keys()], others);
  });
}

test("posters: the prior is that of the results", () => {
  const row = tablesOf("poster")[0]!.find(([options]) => options!.startsWith("no input"));
  assert.equal(row![1], figure(resultsOf("prior")));
});

test("noise: over seeds, the spread of means and the mean spread over folds", () => {
  const { rows } = comparisonOf("noise");
  const [table] = tablesOf("noise");
  const encoders = [...new Set(rows.map(({ options }) => options.split(" ")[0]!))];
  assert.equal(table!.length - 1, encoders.length);
  for (const encoder of encoders) {
    const ofEncoder = rows.filter(({ options }) => options.startsWith(`${encoder} `));
    const means = spreadOf(ofEncoder.map(({ mean }) => mean!));
    const overFolds = spreadOf(ofEncoder.map(({ std }) => std!)).mean;
    const row = table!.find(([options]) => options === `\`${encoder}\``)!;
    const values = ofEncoder.map(({ mean }) => mean!.toFixed(3)).join(", ");
    assert.deepEqual(row.slice(1), [values, overFolds.toFixed(4), means.std.toFixed(4)]);
  }
});

interface Stopping {
  readonly history: readonly {
    readonly epoch: number;
    readonly loss: number;
    readonly heldOutLoss: number;
    readonly heldOut: number;
  }[];
  readonly patiences: readonly ReturnType<typeof stopAt>[];
}

test("early stopping: the document's curve and table are those of the results", () => {
  const { history, patiences } = resultsOf("stopping") as Stopping;
  const [curve, stops] = tablesOf("stopping");
  assert.ok(curve!.length > 5);
  for (const [epoch, ...cells] of curve!.slice(1)) {
    const { loss, heldOutLoss, heldOut } = history[Number(epoch) - 1]!;
    assert.deepEqual(
      cells,
      [loss, heldOutLoss, heldOut].map((value) => value.toFixed(3)),
      epoch,
    );
  }
  assert.deepEqual(
    stops!.slice(1),
    patiences.map(({ patience, epochs, kept, score }) => [
      patience === null ? "none" : String(patience),
      String(epochs),
      String(kept),
      score.toFixed(3),
    ]),
  );
  const scores = history.map(({ heldOut }) => heldOut);
  for (const stop of patiences) assert.deepEqual(stopAt(scores, stop.patience), stop);
});

test("learning curve: the document's points are those of the results", () => {
  const { points } = resultsOf("learning") as LearningCurve;
  const [table] = tablesOf("learning");
  assert.deepEqual(
    table!.slice(1),
    points.map(({ items, rows }) => {
      const { training, heldOut } = rows.at(-1)!;
      const gap = (training!.mean - heldOut!.mean).toFixed(3);
      return [items.toLocaleString("en-US"), figure(training!), figure(heldOut!), gap];
    }),
  );
});

/** Mean of the row with these options. */
function meanOf(name: string, options: string): number {
  const row = comparisonOf(name).rows.find((row) => row.options.includes(options));
  assert.ok(row?.mean, `${name}: ${options}`);
  return row.mean;
}

/** What sentences of the findings say, computed from the results; fragments of the text, in which `%` is the figure. */
const DERIVED: readonly (readonly [name: string, fragment: string, value: () => number])[] = [
  ["noise", "Folds differ by %,", () => spreadOf(noise().map(({ std }) => std!)).mean],
  ["noise", "five folds by % from seed", () => spreadOf(noise("linear").map(meanOnly)).std],
  ["noise", "a difference below % may", () => 2 * spreadOf(noise("linear").map(meanOnly)).std],
  ["noise", "with every seed, by % to", () => Math.min(...linearGains())],
  ["noise", "with every seed, by 0.011 to %", () => Math.max(...linearGains())],
  [
    "order",
    "plain RNN, by % and",
    () => meanOf("order", "{encoder: lstm}") - meanOf("order", "{encoder: rnn}"),
  ],
  [
    "order",
    "by 0.025 and %;",
    () => meanOf("order", "{encoder: gru}") - meanOf("order", "{encoder: rnn}"),
  ],
  ["text", "ahead of the bag by %,", () => ranks("text")[0]! - ranks("text")[1]!],
  ["text", "in order, by % or more", () => ranks("text")[1]! - ranks("text")[2]!],
  ["text", "(RNN %, GRU", () => meanOf("text", "{encoder: rnn}")],
  ["text", "RNN 0.618, GRU %, LSTM", () => meanOf("text", "{encoder: gru}")],
  ["text", "GRU 0.721, LSTM %)", () => meanOf("text", "{encoder: lstm}")],
  ["text", "at once (GRU %)", () => meanOf("text", "{encoder: gru, attention: luong")],
  [
    "text",
    "adds to the GRU (%)",
    () => meanOf("text", "{encoder: gru, attention: bahd") - meanOf("text", "{encoder: gru}"),
  ],
  [
    "order",
    "differ by up to %,",
    () => Math.max(...comparisonOf("order").rows.map(({ std }) => std!)),
  ],
  ["title", "every network by % or more", () => ranks("title")[0]! - ranks("title")[1]!],
  [
    "poster",
    "most frequent genres, by % or",
    () => ranks("poster").at(-1)! - resultsOf("prior").mean,
  ],
  ["poster", "costs: % without", () => meanOf("poster", "dropout: 0}")],
  ["poster", "without it, % with a quarter", () => meanOf("poster", "pooling: max")],
  ["poster", "a quarter, % with half", () => meanOf("poster", "dropout: 0.5")],
  [
    "poster",
    "out gains %,",
    () => meanOf("poster", "flip: false") - meanOf("poster", "pooling: max"),
  ],
  ["learning", "held-out ones, by % at the last", () => heldOutSteps().at(-1)!],
];

const meanOnly = ({ mean }: SweepComparison["rows"][number]) => mean!;
const noise = (encoder = "") =>
  comparisonOf("noise").rows.filter(({ options }) => options.includes(encoder));
const ranks = (name: string) => comparisonOf(name).rows.map(meanOnly);
const linearGains = () => noise("linear").map((row, i) => row.mean! - noise("bag")[i]!.mean!);

function heldOutSteps(): number[] {
  const { points } = resultsOf("learning") as LearningCurve;
  const means = points.map(({ rows }) => rows.at(-1)!.heldOut!.mean);
  return means.slice(1).map((mean, i) => mean - means[i]!);
}

test("figures in sentences follow from the results", () => {
  const text = documented.replace(/\s+/g, " ");
  for (const [name, fragment, value] of DERIVED) {
    const sentence = fragment.replace("%", value().toFixed(3));
    assert.ok(text.includes(sentence), `${name}: ${sentence}`);
  }
  const networks = ranks("title").slice(1);
  assert.match(text, /networks lie within 0\.013 of each other/);
  assert.ok(networks[0]! - networks.at(-1)! <= 0.013);
  assert.ok(
    heldOutSteps().every((step) => step > 0),
    "every doubling raises the score",
  );
  const { points } = resultsOf("learning") as LearningCurve;
  assert.match(text, /the gap stays at 0\.27 and more/);
  for (const { rows } of points) {
    const { training, heldOut } = rows.at(-1)!;
    assert.ok(training!.mean - heldOut!.mean >= 0.265);
  }
});

test("a patience stops after as many epochs without a better one, and keeps the best", () => {
  const scores = [0.1, 0.3, 0.2, 0.25, 0.4, 0.3, 0.3, 0.3, 0.35];
  const stopped = (patience: number | null) => {
    const { epochs, kept, score } = stopAt(scores, patience);
    return [epochs, kept, score];
  };
  assert.deepEqual(stopped(1), [3, 2, 0.3]);
  assert.deepEqual(stopped(2), [4, 2, 0.3]);
  assert.deepEqual(stopped(3), [8, 5, 0.4]);
  assert.deepEqual(stopped(20), [9, 5, 0.4]);
  assert.deepEqual(stopped(null), [9, 9, 0.35]);
});

test("the model's report shows results that exist", () => {
  const { comparisons } = jsonOf("models/ml1m.json") as { comparisons: string[] };
  assert.equal(readComparisons(comparisons).length, comparisons.length);
});
