/** Every figure of a record is printed in its cell of the model card and of the report. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvaluationReport } from "../../../pipeline/evaluate/evaluate.ts";
import { summarizeFolds } from "../../../pipeline/folds/summary.ts";
import { renderReport } from "../../../pipeline/report/html.ts";
import { renderModelCard } from "../../../pipeline/report/modelCard.ts";
import { sampleRun } from "./sampleRun.ts";
import { cellOf, htmlTables, markdownTables, type Table, tableOf } from "./tables.ts";

const { evaluation: drawn, ...others } = sampleRun();
/** With a different threshold for each genre. */
const evaluation = {
  ...drawn,
  genres: drawn.genres.map((genre, i) => ({ ...genre, threshold: 0.3 + i / 16 })),
};
/** A fold whose figures are those of the evaluation times `by`; folds have no baselines. */
const fold = (by: number): EvaluationReport => ({
  ...evaluation,
  rows: evaluation.rows.flatMap((row) => {
    const mapAtK = row.mapAtK.map(({ k, value }) => ({ k, value: value! * by }));
    const groups = row.groups.map((group) => {
      return { ...group, map5: group.map5 && { ...group.map5, mean: group.map5.mean * by } };
    });
    return row.kind === "model" ? { ...row, mapAtK, groups } : [];
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
  const f1Table = tableOf(html, "inputs", "F1 micro");
  for (const row of evaluation.rows) {
    const { mapAtK, map5, lrap, f1 } = row;
    const f1Cells = {
      "F1 micro": score(f1?.micro),
      "F1 macro": score(f1?.macro),
      "F1 samples": score(f1?.samples),
    };
    for (const table of both) {
      assertCells(table, nameOf(row), {
        "mAP@5 [": interval(map5),
        ...Object.fromEntries(mapAtK.map(({ k, value }) => [`mAP@${k}`, score(value)])),
        LRAP: score(lrap),
      });
    }
    assertCells(both[0]!, nameOf(row), f1Cells);
    if (f1) assertCells(f1Table, row.name, f1Cells);
  }
});

test("figures of every group of movies", () => {
  const inCard = tableOf(markdown, "mAP@5", "all movies");
  const inReport = tableOf(html, "mAP@5", "all movies");
  for (const row of evaluation.rows) {
    for (const { group, movies, map5 } of row.groups) {
      assertCells(inCard, nameOf(row), { [`${group} (${movies})`]: interval(map5) });
      assertCells(inReport, nameOf(row), { [group]: score(map5?.mean) });
    }
  }
});

test("figures of every genre", () => {
  const inCard = tableOf(markdown, "genre", "movies", "AP");
  const inReport = tableOf(html, "genre", "movies", "average precision");
  for (const { label, support, averagePrecision, f1, threshold } of evaluation.genres) {
    const cells = { movies: `${support}`, F1: score(f1), threshold: score(threshold) };
    assertCells(inCard, label, { ...cells, AP: score(averagePrecision) });
    assertCells(inReport, label, { ...cells, "average precision": score(averagePrecision) });
  }
});

test("the front matter has the figures of the row with all inputs", () => {
  const { map5, lrap, f1 } = evaluation.rows.find(({ name }) => name === evaluation.fullRow)!;
  const expected = {
    "mAP@5": map5!.mean,
    LRAP: lrap!,
    "F1 (micro)": f1!.micro,
    "F1 (macro)": f1!.macro,
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
  for (const { ratings, movies, alone, together } of run.ratingsCurve) {
    const row = table.find(([given]) => given === (ratings === null ? "all" : String(ratings)))!;
    assert.deepEqual(row.slice(1), [String(movies), interval(together), interval(alone)]);
  }
  assert.match(table[0]!.join(), /,all [a-z]+,ratings alone$/);
});

test("figures of the compared fusions", () => {
  const table = tableOf(html, "fusion");
  for (const { name, figures } of run.fusions) {
    assertCells(table, name, Object.fromEntries(figures.map(({ on, map5 }) => [on, score(map5)])));
  }
});

test("figures of the folds and of the test split", () => {
  const rows = tableOf(markdown, "input", "movies", "folds").slice(1);
  const figures = crossValidation.figures.filter(({ metric }) => metric === "mAP@5");
  assert.equal(rows.length, figures.length);
  for (const [i, { input, group, mean, std }] of figures.entries()) {
    const here = evaluation.rows.find(({ kind, name }) => kind === "model" && name === input)!;
    const map5 = here.groups.find((candidate) => candidate.group === group)?.map5?.mean;
    assert.deepEqual(rows[i], [input, group, `${score(mean)} ± ${score(std)}`, score(map5)]);
  }
});
