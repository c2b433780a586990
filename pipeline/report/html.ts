/** A bundle's report.html: a single file without scripts, fonts or other resources to fetch. */

import { fullRowOf } from "../evaluate/evaluate.ts";
import { formatScore } from "../targets/format.ts";
import { rulesOf } from "../targets/types.ts";
import { formatCount, formatDuration } from "./format.ts";
import { headline } from "./headline.ts";
import { type Html, html, trusted } from "./markup.ts";
import type { RunRecord } from "./runRecord.ts";
import { renderSections } from "./sections.ts";
import { PAGE_CSS } from "./style.ts";

/** The page for a run. Equal records give equal pages, byte for byte. */
export async function renderReport(run: RunRecord): Promise<string> {
  const sections = renderSections(run);
  const anchor = (title: string) => title.toLowerCase();
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${run.name}: training report</title>
<style>${trusted(PAGE_CSS)}</style>
</head>
<body>
<header>
<h1>${run.name}</h1>
<p class="lead">${run.dataset.subject}. Trained on ${run.dataset.name},
<time datetime="${run.createdAt}">${run.createdAt.slice(0, 10)}</time>.</p>
${run.dataset.synthetic ? syntheticWarning() : ""}
${tiles(run)}
${headline(run.evaluation, run.dataset.evaluatedOn).map((sentence) => html`<p>${sentence}</p>\n`)}
<nav aria-label="Sections">${sections.map(({ title }) => html`<a href="#${anchor(title)}">${title}</a>\n`)}</nav>
</header>
<main>
${sections.map(
  ({ title, body }) => html`<section id="${anchor(title)}" aria-label="${title}">
<h2>${title}</h2>${body}
</section>
`,
)}</main>
<footer>Written by Marquee. ${run.command}</footer>
</body>
</html>
`;
  return page.markup;
}

function syntheticWarning(): Html {
  return html`<p class="warning" role="note"><strong>Synthetic data.</strong> The movies, posters and
ratings of this run are invented. Its figures only show that the pipeline works; they say nothing about
real movies.</p>`;
}

function tiles({ evaluation, dataset, model, durationSeconds }: RunRecord): Html {
  const full = fullRowOf(evaluation);
  const entries = [
    [evaluation.metric, formatScore(full?.score?.mean), intervalNote(full)],
    [
      `${dataset.evaluatedOn} ${dataset.nouns.items}`,
      formatCount(evaluation.movies),
      rulesOf({ type: evaluation.target }).texts.outputs(evaluation.labels.length, dataset),
    ],
    ["parameters", formatCount(model.parameters), `${model.layers.length} layers`],
    ["duration", formatDuration(durationSeconds), "whole pipeline"],
  ] as const;
  return html`<div class="tiles">${entries.map(
    ([label, value, note]) =>
      html`<div class="tile"><span>${label}</span><b>${value}</b><span>${note}</span></div>\n`,
  )}</div>`;
}

/** "[0.930, 0.952], all inputs" */
function intervalNote(row: RunRecord["evaluation"]["rows"][number] | undefined): string {
  if (!row?.score) return "no item has a target";
  const { mean, low, high } = row.score;
  return `[${formatScore(low, mean)}, ${formatScore(high, mean)}], ${row.name}`;
}
