/** The report's Experiments section: folds, fusion ablations, sweeps, each tower's training, and reproduction. */

import { formatScore } from "../evaluate/table.ts";
import { type CrossValidation, comparedFigures } from "../folds/summary.ts";
import type { TowerHistory } from "../train/trainTowers.ts";
import { curveChart } from "./charts.ts";
import type { SweepComparison } from "./comparison.ts";
import { formatDuration } from "./format.ts";
import { facts, type Html, html, table } from "./markup.ts";
import type { RunRecord } from "./runRecord.ts";

export function experiments(run: RunRecord): Html {
  return html`${run.crossValidation ? crossValidation(run.crossValidation, run) : ""}
${run.fusions.length > 0 ? fusions(run) : ""}
${run.comparisons.map(comparison)}
${run.towers.map((tower) => towerCurves(tower, run.dataset))}
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

function towerCurves(
  { tower: input, fold, history, bestEpoch, leftOut }: TowerHistory,
  { nouns: { item, items } }: RunRecord["dataset"],
): Html {
  const tower = fold === undefined ? input : `${input}, fold ${fold}`;
  const best = history.find(({ epoch }) => epoch === bestEpoch);
  if (!best) {
    return html`<h3>Tower: ${tower}</h3>
<p>Not trained: ${leftOut ?? `no training ${item} has this input`}.</p>\n`;
  }
  const { metric } = best;
  const losses = history.map(({ epoch, loss }) => ({ x: epoch, y: loss }));
  const scores = history.flatMap(({ epoch, validation }) =>
    Number.isFinite(validation) ? [{ x: epoch, y: validation }] : [],
  );
  const seconds = formatDuration(history.reduce((sum, epoch) => sum + epoch.seconds, 0));
  if (best.learningRate === 0) {
    return html`<h3>Tower: ${tower}</h3>
<p>A convex problem, solved by Newton's method in ${seconds}. Mean loss on the training ${items}
${best.loss.toFixed(4)}${scores.length > 0 ? `, validation ${metric} ${formatScore(best.validation)}` : ""}.</p>\n`;
  }
  return html`<h3>Tower: ${tower}</h3>
<p>${history.length} ${history.length === 1 ? "epoch" : "epochs"} in ${seconds}. The weights are those of epoch
${bestEpoch}${scores.length > 0 ? `, with a validation ${metric} of ${formatScore(best.validation)} on the ${items} that have this input` : `, the last one, because no ${item} was held out`}.</p>
<div class="pair">
<figure>${curveChart(
    { points: losses, colour: "var(--series-2)" },
    `Training loss of the ${tower} tower per epoch`,
  )}
<figcaption>Training loss per epoch.</figcaption></figure>
${
  scores.length === 0
    ? ""
    : html`<figure>${curveChart(
        { points: scores, mark: bestEpoch, colour: "var(--series-1)" },
        `Validation ${metric} of the ${tower} tower per epoch`,
      )}
<figcaption>Validation ${metric} per epoch; the line marks the best epoch.</figcaption></figure>`
}
</div>
${table(
  ["epoch", "loss", `validation ${metric}`, "learning rate", "time"],
  history.map(({ epoch, loss, validation, learningRate, seconds }) => [
    epoch,
    loss.toFixed(4),
    Number.isFinite(validation) ? formatScore(validation) : "-",
    learningRate.toPrecision(3),
    formatDuration(seconds),
  ]),
  [true, true, true, true, true],
)}\n`;
}

function comparison({ base, folds, objective, rows }: SweepComparison): Html {
  return html`<h3>Options compared: ${objective}</h3>
<p>Mean and standard deviation over ${folds} folds of the train split, best first; everything else is equal.</p>
${table(
  ["options", "mean", "std"],
  rows.map(({ options, mean, std }) => [
    options,
    mean === null ? "failed" : formatScore(mean),
    formatScore(std),
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
    formatScore(std),
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
    formatScore(std),
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
