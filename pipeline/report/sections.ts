/** The five sections of the report: Preprocess, Approach, Model, Experiments, Results. */

import type { DataIssue } from "../dataset/dataset.ts";
import { KEPT_PER_FILE } from "../dataset/issues.ts";
import type { Interval } from "../evaluate/bootstrap.ts";
import { type EvaluationReport, fullRowOf, type ScoredRow } from "../evaluate/evaluate.ts";
import { formatInterval, formatScore } from "../evaluate/table.ts";
import { caveats, filesLeftOut } from "./caveats.ts";
import { type Bar, barChart } from "./charts.ts";
import { experiments } from "./experiments.ts";
import { formatCount, formatError, formatShape } from "./format.ts";
import { facts, type Html, html, table } from "./markup.ts";
import { PRECISION_COLUMNS, publishedRows } from "./precisionRows.ts";
import { ratingsCurve } from "./ratingsCurve.ts";
import type { RunRecord, TensorRecord } from "./runRecord.ts";

export interface Section {
  readonly title: string;
  readonly body: Html;
}

/** Lists of more issues are collapsed at first. */
const OPEN_ISSUES = 20;

/** The sections in reading order. */
export function renderSections(run: RunRecord): Section[] {
  return [
    { title: "Preprocess", body: preprocess(run) },
    { title: "Approach", body: approach(run) },
    { title: "Model", body: model(run) },
    { title: "Experiments", body: experiments(run) },
    { title: "Results", body: results(run) },
  ];
}

function preprocess({ dataset, preprocess }: RunRecord): Html {
  const genres = dataset.labels
    .map((label, i) => ({ label, value: dataset.labelCounts[i] ?? 0 }))
    .sort((a, b) => b.value - a.value);
  return html`
<h3>Data set</h3>
${facts([
  ["Name", dataset.synthetic ? `${dataset.name} (synthetic)` : dataset.name],
  ["Training movies", formatCount(dataset.trainMovies)],
  ["Validation movies", formatCount(dataset.validationMovies)],
  ["Test movies", formatCount(dataset.testMovies)],
  ["Genres", dataset.labels.length],
  ["Ratings", formatCount(dataset.ratings)],
  ["Users", formatCount(dataset.users)],
  ["Posters", formatCount(dataset.posters)],
])}
<p><small>SHA-256 of the tables: <code>${dataset.sha256}</code></small></p>
<figure>${barChart(genres, {
    description: "Movies of the train split per genre",
    axis: "movies of the train split",
    format: formatCount,
  })}
<figcaption>Movies of the train split per genre. A movie counts in each of its genres.</figcaption></figure>
<h3>Steps</h3>
${facts(
  Object.entries(preprocess).map(([name, value]) => [
    name,
    typeof value === "number" && Number.isInteger(value) ? formatCount(value) : value,
  ]),
)}
<h3>Issues in the data</h3>
${issues(dataset)}`;
}

function issues({ issues, issueCount, noteCount }: RunRecord["dataset"]): Html {
  const notes = issues.filter(({ note }) => note);
  const losses = issues.filter(({ note }) => !note);
  return html`${
    issueCount === 0
      ? html`<p>None: all lines and posters could be read.</p>`
      : html`<p>${formatCount(issueCount)} ${issueCount === 1 ? "line or file" : "lines or files"}
could not be used and ${issueCount === 1 ? "was" : "were"} left out.</p>
${issueTable(losses, issueCount, "issue")}`
  }
${
  noteCount === 0
    ? ""
    : html`<h3>Notes on the data</h3>
<p>No data was left out because of ${noteCount === 1 ? "this" : "these"}.</p>
${issueTable(notes, noteCount, "note")}`
}`;
}

/** @param total Number of issues, including those missing from the list. */
function issueTable(list: readonly DataIssue[], total: number, what: string): Html {
  const more = total - list.length;
  return html`<details${list.length > OPEN_ISSUES ? "" : html` open`}>
<summary>${more > 0 ? `The first ${formatCount(list.length)} of ${formatCount(total)}` : `All ${formatCount(total)}`}</summary>
${table(
  ["file", "line", what],
  list.map(({ file, line, message }) => [file, line ?? "-", message]),
  [false, true, false],
)}</details>
${more > 0 ? html`<p>${formatCount(more)} more are not listed: only the first ${formatCount(KEPT_PER_FILE)} of each file are.</p>` : ""}`;
}

function approach({ model, config }: RunRecord): Html {
  return html`
<p>A movie has up to three inputs: its title with the release year, its poster, and its ratings. Any of
them may be missing. The model predicts one probability per genre; genres do not exclude each other.</p>
${model.description.map((line) => html`<p>${line}</p>\n`)}
<h3>Configuration</h3>
<pre>${JSON.stringify(config, undefined, 2)}</pre>`;
}

function model({ model, graph, precisions }: RunRecord): Html {
  const tensors = (list: readonly TensorRecord[], direction: string) =>
    list.map(({ name, type, shape }) => [direction, name, type, formatShape(shape)]);
  return html`
<p>${formatCount(model.parameters)} parameters in ${model.layers.length} layers.</p>
${table(
  ["layer", "class", "output shape", "parameters"],
  model.layers.map(({ name, className, outputShape, parameters }) => [
    name,
    className,
    outputShape,
    formatCount(parameters),
  ]),
  [false, false, false, true],
)}
<h3>ONNX graph</h3>
${table(
  ["", "tensor", "type", "shape"],
  [...tensors(graph.inputs, "input"), ...tensors(graph.outputs, "output")],
  [],
)}
<h3>Files</h3>
${table(PRECISION_COLUMNS, publishedRows(precisions), [false, true, true, true])}
${filesLeftOut(precisions).map((sentence) => html`<p>${sentence}</p>\n`)}`;
}

/** Axis and format of the charts of mAP@5. */
const MAP5_AXIS = { axis: "mAP@5", max: 1, format: formatScore };

function results(run: RunRecord): Html {
  const { evaluation, parity, dataset, ratingsCurve: curve } = run;
  return html`
<p>All figures are computed on the ${formatCount(evaluation.movies)} movies of the ${dataset.evaluatedOn} split
with the published ONNX graph. Intervals are 95 % percentile bootstrap intervals over
movies${dataset.synthetic ? "; the movies are invented" : ""}.</p>
${caveats(run).map((caveat) => html`<p class="warning" role="note">${caveat}</p>\n`)}
${resultsByInputs(evaluation)}
${resultsByGroup(evaluation)}
${curve.length > 0 ? ratingsCurve(curve) : ""}
${resultsByGenre(evaluation, dataset)}
${parityResults(parity)}`;
}

function resultsByInputs({ rows }: EvaluationReport): Html {
  const ks = rows[0]?.mapAtK.map(({ k }) => k) ?? [];
  return html`<h3>By inputs given</h3>
<figure>${barChart(rows.flatMap(rowBar), { ...MAP5_AXIS, description: "mAP@5 by inputs given" })}
<figcaption>mAP@5 when the model is given only these inputs; grey bars are baselines. The poster alone
is evaluated on the movies that have one.</figcaption></figure>
${table(
  ["inputs", "movies", "mAP@5 [95 %]", ...ks.map((k) => `mAP@${k}`), "LRAP"],
  rows.map((row) => [
    rowLabel(row),
    row.movies,
    formatInterval(row.map5),
    ...row.mapAtK.map(({ value }) => formatScore(value)),
    formatScore(row.lrap),
  ]),
)}
${table(
  ["inputs", "F1 micro", "F1 macro", "F1 samples"],
  rows
    .filter(({ f1 }) => f1 !== null)
    .map(({ name, f1 }) => [
      name,
      formatScore(f1?.micro),
      formatScore(f1?.macro),
      formatScore(f1?.samples),
    ]),
)}`;
}

function resultsByGroup(evaluation: EvaluationReport): Html {
  const groups = fullRowOf(evaluation)?.groups ?? [];
  return html`<h3>By number of ratings</h3>
<figure>${barChart(
    groups.flatMap(({ group, movies, map5 }) => intervalBar(`${group} (${movies})`, map5)),
    { ...MAP5_AXIS, description: "mAP@5 by group of movies" },
  )}
<figcaption>mAP@5 of “${evaluation.fullRow}” by group of movies, with the number of movies in brackets.</figcaption></figure>
${groupTable(evaluation.rows)}`;
}

function resultsByGenre(evaluation: EvaluationReport, dataset: RunRecord["dataset"]): Html {
  return html`<h3>By genre</h3>
<figure>${barChart(genreBars(evaluation), {
    description: "Average precision by genre",
    axis: "average precision",
    max: 1,
    format: formatScore,
  })}
<figcaption>Area under the precision-recall curve of “${evaluation.fullRow}”, with the number of ${dataset.evaluatedOn}
movies of the genre in brackets.</figcaption></figure>
${table(
  ["genre", "movies", "average precision", "F1", "threshold"],
  evaluation.genres.map(({ label, support, averagePrecision, f1, threshold }) => [
    label,
    support,
    formatScore(averagePrecision),
    formatScore(f1),
    formatScore(threshold),
  ]),
)}`;
}

function parityResults(parity: RunRecord["parity"]): Html {
  return html`<h3>ONNX against TensorFlow.js</h3>
<p>Both were run on ${formatCount(parity.movies)} movies; the tolerance for absolute differences
is ${formatError(parity.tolerance)}.</p>
${table(
  ["output", "largest absolute", "largest relative", "mean absolute", "within tolerance"],
  parity.outputs.map(({ name, maxAbs, maxRel, mean }) => [
    name,
    formatError(maxAbs),
    formatError(maxRel),
    formatError(mean),
    maxAbs <= parity.tolerance ? "yes" : "NO",
  ]),
)}`;
}

function groupTable(rows: readonly ScoredRow[]): Html {
  const groups = rows[0]?.groups ?? [];
  return table(
    ["mAP@5", ...groups.map(({ group }) => group)],
    rows.map((row) => [rowLabel(row), ...row.groups.map(({ map5 }) => formatScore(map5?.mean))]),
  );
}

function genreBars({ genres }: EvaluationReport): Bar[] {
  return genres
    .toSorted((a, b) => (b.averagePrecision ?? -1) - (a.averagePrecision ?? -1))
    .flatMap(({ label, support, averagePrecision }) =>
      averagePrecision === null
        ? []
        : [{ label: `${label} (${support})`, value: averagePrecision }],
    );
}

function rowBar(row: ScoredRow): Bar[] {
  return intervalBar(rowLabel(row), row.map5, row.kind === "baseline");
}

function intervalBar(label: string, interval: Interval | null, muted = false): Bar[] {
  return interval === null ? [] : [{ label, value: interval.mean, interval, muted }];
}

function rowLabel({ name, kind }: ScoredRow): string {
  return kind === "baseline" ? `baseline: ${name}` : name;
}
