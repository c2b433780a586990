/** report.html of a sweep: a single file that loads no scripts, fonts or other resources. */

import { formatDuration } from "../report/format.ts";
import { type Html, html, table, trusted } from "../report/markup.ts";
import { PAGE_CSS } from "../report/style.ts";
import { formatScore } from "../targets/format.ts";
import { parameterChart, rungsChart, trialsChart } from "./charts.ts";
import { describeObjective } from "./objective.ts";
import { type Entry, furthest, scoreOf } from "./ranking.ts";
import { describeValues, resultRows } from "./results.ts";
import { type DataSweep, hasRungs } from "./schema.ts";
import type { Plan } from "./space.ts";

const METHOD_NAMES: Readonly<Record<DataSweep["method"], string>> = {
  grid: "grid",
  random: "random search",
  halving: "successive halving over epochs",
  asha: "asynchronous successive halving over epochs",
};

/** @param winner Undefined while the sweep is still running. */
export function renderPage(
  sweep: DataSweep,
  plan: Plan,
  entries: readonly Entry[],
  winner: Entry | undefined,
): string {
  const { objective, method, parameters } = sweep;
  const { header, rows } = resultRows(sweep, entries);
  const numeric = header.map((name) => !parameters.some(({ path }) => path === name));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sweep: ${parameters.map(({ path }) => path).join(", ")}</title>
<style>${trusted(PAGE_CSS)}</style>
</head>
<body>
<header>
<h1>Sweep</h1>
<p class="lead">${METHOD_NAMES[method]} over ${parameters.map(({ path }) => path).join(", ")}, judged by
${describeObjective(objective)}: mean over ${String(plan.trials[0]!.config.folds)} folds of the train split.</p>
${winner ? html`` : html`<p class="warning" role="note">Not finished: trials are still running.</p>`}
${tiles(sweep, plan, entries, winner)}
</header>
<main>
<h2>Trials</h2>
<figure>${trialsChart(entries, objective, winner)}
<figcaption>Each dot is a trial's longest training; lines extend one standard deviation over the folds to either side.</figcaption></figure>
${hasRungs(method) ? rungsFigure(entries, sweep, winner) : html``}
<h2>Parameters</h2>
<div class="pair">${parameters.map(
    (parameter) =>
      html`<figure>${parameterChart(parameter, entries, objective, winner)}</figure>\n`,
  )}</div>
${hasRungs(method) ? html`<p><small>These charts show the first rung, where all trials have the same number of epochs.</small></p>` : html``}
<h2>Results</h2>
${table(header, rows, numeric)}
${winner ? winnerSection(winner, entries, sweep) : html``}
</main>
<footer>Written by Marquee.</footer>
</body>
</html>
`.markup;
}

function tiles(
  { objective }: DataSweep,
  { trials, rungs }: Plan,
  entries: readonly Entry[],
  winner: Entry | undefined,
): Html {
  const score = winner && scoreOf(winner, objective);
  const total = rungs.reduce((sum, rung) => sum + rung.trials, 0);
  const seconds = entries.reduce((sum, { result }) => sum + result.seconds, 0);
  const list = [
    [
      objective.metric,
      formatScore(score?.mean, score?.mean, 1),
      score ? `± ${formatScore(score.std, score.mean, 1)}, the winner` : "",
    ],
    ["trials", String(trials.length), `${entries.length} of ${total} trainings done`],
    ["training time", formatDuration(seconds), "all trials together"],
  ] as const;
  return html`<div class="tiles">${list.map(
    ([label, value, note]) =>
      html`<div class="tile"><span>${label}</span><b>${value}</b><span>${note}</span></div>\n`,
  )}</div>`;
}

function rungsFigure(
  entries: readonly Entry[],
  { objective, eta }: DataSweep,
  winner: Entry | undefined,
): Html {
  return html`<figure>${rungsChart(entries, objective, winner)}
<figcaption>Each rung keeps the best 1/${String(eta)} of the trials. Every training starts from scratch, with a learning-rate
schedule over its own number of epochs.</figcaption></figure>`;
}

function winnerSection(winner: Entry, entries: readonly Entry[], { objective }: DataSweep): Html {
  const best = scoreOf(winner, objective)!;
  const rivals = furthest(entries).filter(
    (entry) => entry !== winner && entry.rung === winner.rung && scoreOf(entry, objective),
  );
  const near = rivals.filter(
    (entry) => Math.abs(best.mean - scoreOf(entry, objective)!.mean) <= best.std,
  );
  return html`<h2>Winner</h2>
<p>Trial ${String(winner.trial.number)}: ${describeValues(winner.trial.values)}.
${rivals.length > 0 ? `${near.length} of ${rivals.length} other trials with as many epochs are within one standard deviation of it.` : ""}
As the best of several, its figure is slightly optimistic; evaluate it on items that no trial was scored on.</p>
<pre>${JSON.stringify(winner.trial.options, undefined, 2)}</pre>`;
}
