/** Mean and standard deviation over folds, against results computed by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvaluationReport } from "../../../pipeline/evaluate/evaluate.ts";
import { comparedFigures, foldTable, summarizeFolds } from "../../../pipeline/folds/summary.ts";
import { sampleRun } from "../report/sampleRun.ts";

/** The sample's evaluation with its mAP@5 of all movies replaced. */
function report(map5: number): EvaluationReport {
  const { evaluation } = sampleRun();
  return {
    ...evaluation,
    rows: evaluation.rows.map((row) => ({
      ...row,
      figures: row.figures.map(({ metric, value }) => ({
        metric,
        value: metric === "mAP@5" ? map5 : value,
      })),
      groups: row.groups.map((group) =>
        group.group === "≥ 5 ratings"
          ? { ...group, score: { mean: map5 / 2, low: 0, high: 1 } }
          : group,
      ),
    })),
  };
}

const reports = [0.5, 0.7, 0.9].map(report);
const found = summarizeFolds(reports);
const figure = (input: string, group: string, metric: string) =>
  found.figures.find((f) => f.input === input && f.group === group && f.metric === metric)!;

test("mean and standard deviation (n - 1) of every figure", () => {
  assert.equal(found.folds, 3);
  const all = figure("title", "all movies", "mAP@5");
  assert.ok(Math.abs(all.mean - 0.7) < 1e-12);
  assert.ok(Math.abs(all.std - 0.2) < 1e-12);
  const group = figure("title", "≥ 5 ratings", "mAP@5");
  assert.ok(Math.abs(group.mean - 0.35) < 1e-12);
  const same = figure("title", "all movies", "LRAP");
  assert.ok(same.std < 1e-12);
  assert.equal(summarizeFolds(reports.slice(0, 1)).figures[0]!.std, 0);
});

test("figures of the run are marked as within one std of the folds' mean or not", () => {
  const near = comparedFigures(found, report(0.9));
  const { within, here } = near.find(
    ({ input, group }) => input === "title" && group === "≥ 5 ratings",
  )!;
  assert.equal(here, 0.45);
  assert.equal(within, true, "0.35 ± 0.1");
  const far = comparedFigures(found, report(0.98));
  assert.equal(far.find(({ group }) => group === "≥ 5 ratings")!.within, false);
});

test("the terminal table shows mAP@5 with its std", () => {
  assert.match(foldTable(found), /title, ≥ 5 ratings +0\.3500 ± 0\.1000/);
});
