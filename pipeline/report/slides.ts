/** A bundle's summary.html: the main result in a few slides, for a short talk; one file without scripts. */

import { fullRowOf } from "../evaluate/evaluate.ts";
import { formatInterval, formatScore } from "../evaluate/table.ts";
import { mainFigure } from "../folds/summary.ts";
import { rulesOf } from "../targets/types.ts";
import { figure } from "./blocks.ts";
import { caveats } from "./caveats.ts";
import { formatCount, formatError } from "./format.ts";
import { headline } from "./headline.ts";
import { type Html, html, table, trusted } from "./markup.ts";
import { networkDiagram } from "./network.ts";
import { precisionColumns, publishedRows } from "./precisionRows.ts";
import type { RunRecord } from "./runRecord.ts";
import { baselineTable, inputBars } from "./scores.ts";
import { PAGE_CSS, SLIDES_CSS } from "./style.ts";

interface Slide {
  readonly title: string;
  readonly body: Html;
}

/** One slide a screen, and one a page in print. Equal records give equal pages, byte for byte. */
export function renderSlides(run: RunRecord): string {
  const slides = slidesOf(run);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${run.name}: summary</title>
<style>${trusted(PAGE_CSS + SLIDES_CSS)}</style>
</head>
<body>
<main>
${slides.map(
  ({ title, body }, i) => html`<section aria-label="${title}">
<h2>${title}</h2>
${body}
<footer>${run.name}, ${run.createdAt.slice(0, 10)} · ${i + 1}/${slides.length}</footer>
</section>
`,
)}</main>
</body>
</html>
`.markup;
}

function slidesOf(run: RunRecord): Slide[] {
  return [
    { title: run.dataset.subject, body: result(run) },
    { title: "What it beats, and by how much", body: comparison(run) },
    { title: "The data", body: data(run) },
    { title: "The network", body: network(run) },
    { title: "The same answers everywhere", body: fidelity(run) },
    { title: "Limits, and how to repeat it", body: limits(run) },
  ];
}

function result({ evaluation, dataset }: RunRecord): Html {
  const score = fullRowOf(evaluation)?.score;
  return html`${score ? html`<p class="figure">${evaluation.metric} <b>${formatScore(score.mean)}</b></p>` : ""}
${headline(evaluation, dataset.evaluatedOn).map((sentence) => html`<p>${sentence}</p>\n`)}
${dataset.synthetic ? html`<p class="warning" role="note">The data is invented: these figures say nothing about real ${dataset.nouns.items}.</p>` : ""}`;
}

function comparison({ evaluation }: RunRecord): Html {
  return html`${inputBars(evaluation)}
${baselineTable(evaluation)}`;
}

function data({ dataset }: RunRecord): Html {
  const { name, nouns, trainMovies, validationMovies, testMovies, distribution } = dataset;
  return html`<p>${name}: ${formatCount(trainMovies)} ${nouns.items} for training, ${formatCount(validationMovies)} for
validation, ${formatCount(testMovies)} for testing; ${formatCount(dataset.issueCount)} lines and files could not be used.</p>
${figure(distribution.chart, distribution.caption)}`;
}

function network({ model, evaluation, dataset, crossValidation }: RunRecord): Html {
  const { outputs } = rulesOf({ type: evaluation.target }).texts;
  const folds = mainFigure(evaluation, crossValidation);
  return html`<p>${formatCount(model.parameters)} parameters in ${model.parts.length - 1} towers and their fusion.${
    folds
      ? ` ${crossValidation!.folds} folds of the train split: ${folds.metric} ${formatScore(folds.mean)} ± ${formatScore(folds.std, folds.mean)}.`
      : ""
  }</p>
${networkDiagram(model, outputs(evaluation.labels.length, dataset))}`;
}

function fidelity({ parity, precisions, evaluation, dataset }: RunRecord): Html {
  const worst = Math.max(...parity.outputs.map(({ maxAbs }) => maxAbs));
  return html`<p>The TensorFlow.js model and the ONNX graph were run on ${formatCount(parity.movies)} ${dataset.nouns.items}: no
number of an output differs by more than ${formatError(worst)}. Every figure here was computed with the graph that the
server and the page run.</p>
${table(precisionColumns(evaluation.metric), publishedRows(precisions), [false, true, true, true])}`;
}

function limits(run: RunRecord): Html {
  const { evaluation, dataset } = run;
  const { texts } = rulesOf({ type: evaluation.target });
  const context = { nouns: dataset.nouns, column: dataset.column, split: dataset.evaluatedOn };
  const points = [
    ...caveats(run),
    ...texts.limits(evaluation.detail, { ...context, fullRow: evaluation.fullRow }),
  ];
  const groups = fullRowOf(evaluation)?.groups ?? [];
  return html`<ul>${points.map((point) => html`<li>${point}</li>\n`)}</ul>
${
  groups.length < 2
    ? ""
    : table(
        [`${evaluation.metric} by group`, dataset.nouns.items, "[95 %]"],
        groups.map(({ group, movies, score }) => [group, movies, formatInterval(score)]),
      )
}
<pre>${run.command}</pre>`;
}
