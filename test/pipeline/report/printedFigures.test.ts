/** Every figure of a record is printed in its cell of the model card and of the report. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvaluationReport } from "../../../pipeline/evaluate/evaluate.ts";
import { figureOf } from "../../../pipeline/evaluate/table.ts";
import { summarizeFolds } from "../../../pipeline/folds/summary.ts";
import { renderReport } from "../../../pipeline/report/html.ts";
import { renderModelCard } from "../../../pipeline/report/modelCard.ts";
import type { LabelsDetail } from "../../../pipeline/targets/labels/evaluation.ts";
import type { Calibration } from "../../../pipeline/targets/targetRules.ts";
import { sampleRun } from "./sampleRun.ts";
import { cellOf, htmlTables, markdownTables, type Table, tableOf } from "./tables.ts";

const genresOf = ({ detail }: EvaluationReport) => (detail as LabelsDetail).labels;

const { evaluation: drawn, ...others } = sampleRun();
/** With a different threshold for each genre. */
const evaluation = {
  ...drawn,
  detail: {
    ...drawn.detail,
    labels: genresOf(drawn).map((genre, i) => ({ ...genre, threshold: 0.3 + i / 16 })),
  },
};
/** A fold whose figures are those of the evaluation times `by`; folds have no baselines. */
const fold = (by: number): EvaluationReport => ({
  ...evaluation,
  rows: evaluation.rows.flatMap((row) => {
    const figures = row.figures.map(({ metric, value }) => ({
      metric,
      value: value === null ? null : value * by,
    }));
    const groups = row.groups.map((group) => {
      return { ...group, score: group.score && { ...group.score, mean: group.score.mean * by } };
    });
    return row.kind === "model" ? { ...row, figures, groups } : [];
  }),
});
const crossValidation = summarizeFolds([1, 0.9, 0.7].map(fold));
const run = { ...others, evaluation, crossValidation };
const card = renderModelCard(run);
const markdown = markdownTables(card);
const html = htmlTables(await renderReport(run));

const score = (value: number | null | undefined) => value?.toFixed(3) ?? "-";
const interval = (value: { mean: number; low: number; high: number } | null) =>
  value ? `${score(value.mean)} [${score(value.low)}, ${score(value.high)}]` : "-";
const nameOf = ({ kind, name }: { kind: string; name: string }) =>
  kind === "baseline" ? `baseline: ${name}` : name;

function assertCells(table: Table, row: string, cells: Readonly<Record<string, string>>): void {
  for (const [column, expected] of Object.entries(cells)) {
    assert.equal(cellOf(table, row, column), expected, `${row}, ${column}`);
  }
}

test("figures of every subset and baseline", () => {
  const both = [
    tableOf(markdown, "input", "movies", "mAP@5"),
    tableOf(html, "inputs", "movies", "mAP@5"),
  ];
  const further = [tableOf(html, "inputs", "F1 micro"), tableOf(html, "inputs", "no verdict")];
  for (const row of evaluation.rows) {
    const cells = row.figures.map(({ metric, value }) => [metric, score(value)] as const);
    const [ranked, ...others] = evaluation.columns.map((names) =>
      Object.fromEntries(cells.filter(([metric]) => names.includes(metric))),
    );
    assert.deepEqual(
      others.map((figures) => Object.keys(figures).length),
      [3, 2],
    );
    assert.ok(Object.keys(ranked!).length >= 4);
    for (const table of both) {
      assertCells(table, nameOf(row), { "mAP@5 [": interval(row.score), ...ranked });
    }
    for (const [i, figures] of others.entries()) {
      assertCells(both[0]!, nameOf(row), figures);
      if (row.kind === "model") assertCells(further[i]!, row.name, figures);
    }
  }
});

test("figures of every group of movies", () => {
  const inCard = tableOf(markdown, "mAP@5", "all movies");
  const inReport = tableOf(html, "mAP@5", "all movies");
  for (const row of evaluation.rows) {
    for (const { group, movies, score: ofGroup } of row.groups) {
      assertCells(inCard, nameOf(row), { [`${group} (${movies})`]: interval(ofGroup) });
      assertCells(inReport, nameOf(row), { [group]: score(ofGroup?.mean) });
    }
  }
});

test("figures of every genre", () => {
  const inCard = tableOf(markdown, "genre", "movies", "AP");
  const inReport = tableOf(html, "genre", "movies", "average precision");
  for (const { label, support, averagePrecision, f1, threshold } of genresOf(evaluation)) {
    const cells = { movies: `${support}`, F1: score(f1), threshold: score(threshold) };
    assertCells(inCard, label, { ...cells, AP: score(averagePrecision) });
    assertCells(inReport, label, { ...cells, "average precision": score(averagePrecision) });
  }
});

test("the front matter has the figures of the row with all inputs", () => {
  const row = evaluation.rows.find(({ name }) => name === evaluation.fullRow)!;
  const expected = {
    "mAP@5": row.score!.mean,
    LRAP: figureOf(row, "LRAP")!,
    "F1 (micro)": figureOf(row, "F1 micro")!,
    "F1 (macro)": figureOf(row, "F1 macro")!,
  };
  const values = [...card.matchAll(/- type: "(.*)"\n +value: (.*)/g)];
  assert.deepEqual(
    Object.fromEntries(values.map(([, type, value]) => [type, Number(value)])),
    Object.fromEntries(
      Object.entries(expected).map(([type, value]) => [type, Number(value.toFixed(4))]),
    ),
  );
});

test("figures of the curve over numbers of ratings", () => {
  const table = tableOf(html, "ratings given", "movies");
  for (const { ratings, movies, alone, together } of run.ratingsCurves[0]!.points) {
    const row = table.find(([given]) => given === (ratings === null ? "all" : String(ratings)))!;
    assert.deepEqual(row.slice(1), [String(movies), interval(together), interval(alone)]);
  }
  assert.match(table[0]!.join(), /,all [a-z]+,ratings alone$/);
  const sentence = run.ratingsCurves[0]!.points.map(
    ({ ratings, together }) => `${score(together!.mean)} with ${ratings ?? "all"}`,
  );
  assert.ok(card.includes(`drawn at random of each movie's: ${sentence.join(", ")}.`), card);
});

test("figures of the compared fusions", () => {
  const table = tableOf(html, "fusion");
  for (const { name, figures } of run.fusions) {
    assertCells(
      table,
      name,
      Object.fromEntries(figures.map(({ on, score: value }) => [on, score(value)])),
    );
  }
});

test("figures of the folds and of the test split", () => {
  const rows = tableOf(markdown, "input", "movies", "folds").slice(1);
  const figures = crossValidation.figures.filter(({ metric }) => metric === "mAP@5");
  assert.equal(rows.length, figures.length);
  for (const [i, { input, group, mean, std }] of figures.entries()) {
    const here = evaluation.rows.find(({ kind, name }) => kind === "model" && name === input)!;
    const value = here.groups.find((candidate) => candidate.group === group)?.score?.mean;
    assert.deepEqual(rows[i], [input, group, `${score(mean)} ± ${score(std)}`, score(value)]);
  }
});

const expected = ({ bins }: Calibration) => {
  const sum = (pick: (bin: Calibration["bins"][number]) => number) =>
    bins.reduce((total, bin) => total + bin.count * pick(bin), 0);
  return score(sum(({ confidence }) => confidence) / sum(({ accuracy }) => accuracy));
};

test("the calibration error of every group of movies, from all inputs", () => {
  const { rows, fullRow } = evaluation;
  const { groups } = rows.find(({ name }) => name === fullRow)!;
  const table = tableOf(html, "movies", "ECE", "expected");
  assert.deepEqual(
    table.slice(1),
    groups
      .slice(1)
      .map(({ group, calibration }) => [group, score(calibration!.ece), expected(calibration!)]),
  );
  const sentence = groups
    .slice(1)
    .map(({ group, calibration }) => `${score(calibration!.ece)} for ${group}`.replace("<", "\\<"))
    .join(", ");
  assert.ok(card.includes(`By group of movies, from ${fullRow}: ${sentence}.`), sentence);
});

test("the calibration error of every subset", () => {
  const table = tableOf(html, "inputs", "ECE");
  for (const { kind, name, calibration } of evaluation.rows) {
    if (kind !== "model") continue;
    assert.deepEqual(
      table.find(([first]) => first === name),
      [name, score(calibration!.ece), expected(calibration!)],
    );
    assert.ok(card.includes(`${score(calibration!.ece)} from ${name}`), name);
  }
});
