/** The report's Experiments section: folds, fusion ablations, sweeps, each tower's training, and reproduction. */

import { formatScore } from "../evaluate/table.ts";
import { type CrossValidation, comparedFigures } from "../folds/summary.ts";
import type { SweepComparison } from "./comparison.ts";
import { formatDuration } from "./format.ts";
import { learningSection } from "./learningCurve.ts";
import { facts, type Html, html, table } from "./markup.ts";
import type { RunRecord } from "./runRecord.ts";
import { towerSections } from "./towers.ts";

export function experiments(run: RunRecord): Html {
  return html`${run.crossValidation ? crossValidation(run.crossValidation, run) : ""}
${run.learning ? learningSection(run.learning, run) : ""}
${run.fusions.length > 0 ? fusions(run) : ""}
${run.comparisons.map(comparison)}
${towerSections(run)}
<h3>How to repeat this run</h3>
<pre>${run.command}</pre>
${facts([
  ["Seed", run.seed],
  ["Backend", run.backend],
  ["Duration", formatDuration(run.durationSeconds)],
  ["Commit", run.gitCommit ?? "-"],
  ...Object.entries(run.versions),
])}`;
}

function comparison({
  title = "Options compared",
  finding = "",
  base,
  folds,
  objective,
  rows,
}: SweepComparison): Html {
  return html`<h3>${title}: ${objective}</h3>
<p>${finding} Mean and standard deviation over ${folds} folds of the train split; everything else is equal.</p>
${table(
  ["options", "mean", "std"],
  rows.map(({ options, mean, std }) => [
    options,
    mean === null ? "failed" : formatScore(mean),
    formatScore(std, mean),
  ]),
)}
<details><summary>Options they share</summary><pre>${JSON.stringify(base, undefined, 2)}</pre></details>`;
}

/** Mean and standard deviation of every metric over the folds, next to the result of this run. */
function crossValidation(summary: CrossValidation, { evaluation, dataset }: RunRecord): Html {
  return html`<h3>Cross-validation</h3>
<p>${summary.folds} folds of the train split (iterative stratification, Sechidis et al. 2011), each held
out once: mean and standard deviation of ${summary.metric} over the folds, and ${summary.metric} of the published graph on
the ${dataset.evaluatedOn} split.</p>
${table(
  ["inputs", dataset.nouns.items, "mean", "std", dataset.evaluatedOn, "within one std"],
  comparedFigures(summary, evaluation).map(({ input, group, mean, std, here, within }) => [
    input,
    group,
    formatScore(mean),
    formatScore(std, mean),
    formatScore(here),
    within === undefined ? "-" : within ? "yes" : "no",
  ]),
  [false, false, true, true, true, true],
)}
<details><summary>All metrics over the folds</summary>
${table(
  ["inputs", dataset.nouns.items, "metric", "mean", "std"],
  summary.figures.map(({ input, group, metric, mean, std }) => [
    input,
    group,
    metric,
    formatScore(mean),
    formatScore(std, mean),
  ]),
  [false, false, false, true, true],
)}</details>`;
}

function fusions({ fusions: list, evaluation: { metric, nouns } }: RunRecord): Html {
  return html`<h3>Fusion</h3>
<p>${metric} of the same towers fused in other ways. Every way was fitted on the same held-out ${nouns.items}; with
modality dropout, on every subset of each ${nouns.item}'s inputs instead of only all of them. The first row is
the published graph's fusion.</p>
${table(
  ["fusion", ...(list[0]?.figures.map(({ on }) => on) ?? [])],
  list.map(({ name, figures }) => [name, ...figures.map(({ score }) => formatScore(score))]),
)}`;
}
