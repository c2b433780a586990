/** The five sections of the report: Preprocess, Approach, Model, Experiments, Results. */

import { listOf } from "../../predictor/listOf.ts";
import type { Nouns } from "../../predictor/nouns.ts";
import type { DataIssue } from "../dataset/dataset.ts";
import { KEPT_PER_FILE } from "../dataset/issues.ts";
import type { Interval } from "../evaluate/bootstrap.ts";
import { type EvaluationReport, fullRowOf, type ScoredRow } from "../evaluate/evaluate.ts";
import { allMovies } from "../evaluate/facts.ts";
import { figureOf, formatInterval, formatScore, rowLabel } from "../evaluate/table.ts";
import { capitalised, withArticle } from "../targets/format.ts";
import { rulesOf } from "../targets/types.ts";
import { blockHtml, figure } from "./blocks.ts";
import { calibrationSection } from "./calibration.ts";
import { caveats, filesLeftOut } from "./caveats.ts";
import { type Bar, barChart } from "./charts.ts";
import { experiments } from "./experiments.ts";
import { formatCount, formatError, formatShape } from "./format.ts";
import { facts, type Html, html, table } from "./markup.ts";
import { precisionColumns, publishedRows } from "./precisionRows.ts";
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

function preprocess({ dataset, preprocess, evaluation }: RunRecord): Html {
  const { nouns, distribution } = dataset;
  const { list, outputs } = rulesOf({ type: evaluation.target }).texts;
  const listed = list(nouns);
  const counted: [string, number | undefined][] = [
    ...dataset.rated.flatMap(({ input, ratings, users }): [string, number][] => {
      const whose = dataset.rated.length > 1 ? ` (${input})` : "";
      return [
        [`Ratings${whose}`, ratings],
        [`Users${whose}`, users],
      ];
    }),
    [dataset.isMovies ? "Posters" : `${capitalised(nouns.items)} with an image`, dataset.posters],
  ];
  return html`
<h3>Data set</h3>
${facts([
  ["Name", dataset.synthetic ? `${dataset.name} (synthetic)` : dataset.name],
  [`Training ${nouns.items}`, formatCount(dataset.trainMovies)],
  [`Validation ${nouns.items}`, formatCount(dataset.validationMovies)],
  [`Test ${nouns.items}`, formatCount(dataset.testMovies)],
  listed === undefined
    ? ["Target", outputs(dataset.labels.length, dataset)]
    : [listed, dataset.labels.length],
  ...counted.flatMap(([name, count]): [string, string][] =>
    count === undefined ? [] : [[name, formatCount(count)]],
  ),
])}
<p><small>SHA-256 of the tables: <code>${dataset.sha256}</code></small></p>
${figure(distribution.chart, distribution.caption)}
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

function issues({ issues, issueCount, noteCount, posters, isMovies }: RunRecord["dataset"]): Html {
  const read = posters === undefined ? "" : ` and ${isMovies ? "posters" : "images"}`;
  const notes = issues.filter(({ note }) => note);
  const losses = issues.filter(({ note }) => !note);
  return html`${
    issueCount === 0
      ? html`<p>None: all lines${read} could be read.</p>`
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

function approach({ model, config, dataset, evaluation }: RunRecord): Html {
  const { nouns, inputs, isMovies } = dataset;
  const has = isMovies
    ? "A movie has up to three inputs: its title with the release year, its poster, and its ratings. Any of them may be missing."
    : inputs.length === 1
      ? `${capitalised(withArticle(nouns.item))} has one input, ${inputs[0]}, which may be missing.`
      : `${capitalised(withArticle(nouns.item))} has up to ${inputs.length} inputs: ${listOf(inputs)}. Any of them may be missing.`;
  return html`
<p>${has} The model predicts ${rulesOf({ type: evaluation.target }).texts.output(dataset)}.</p>
${model.description.map((line) => html`<p>${line}</p>\n`)}
<h3>Configuration</h3>
<pre>${JSON.stringify(config, undefined, 2)}</pre>`;
}

function model({ model, graph, precisions, evaluation }: RunRecord): Html {
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
${table(precisionColumns(evaluation.metric), publishedRows(precisions), [false, true, true, true])}
${filesLeftOut(precisions).map((sentence) => html`<p>${sentence}</p>\n`)}`;
}

function results(run: RunRecord): Html {
  const { evaluation, parity, dataset, ratingsCurves } = run;
  const { nouns } = dataset;
  const { report, metric } = rulesOf({ type: evaluation.target }).texts;
  const context = {
    nouns,
    column: dataset.column,
    split: dataset.evaluatedOn,
    fullRow: evaluation.fullRow,
  };
  return html`
<p>All figures are computed on the ${formatCount(evaluation.movies)} ${nouns.items} of the ${dataset.evaluatedOn} split
with the published ONNX graph. Intervals are 95 % percentile bootstrap intervals over
${nouns.items}${dataset.synthetic ? "; the movies are invented" : ""}. ${metric(context)}</p>
${caveats(run).map((caveat) => html`<p class="warning" role="note">${caveat}</p>\n`)}
${resultsByInputs(evaluation)}
${resultsByGroup(run)}
${ratingsCurves.map((curve) => ratingsCurve(curve, evaluation))}
${report(evaluation.detail, context).map(blockHtml)}
${calibrationSection(evaluation)}
${parityResults(parity, nouns)}`;
}

/** Axis and format of the charts of the target's metric. */
function axisOf({ metric, target }: EvaluationReport) {
  const { max } = rulesOf({ type: target }).metric;
  return { axis: metric, format: formatScore, ...(max === undefined ? {} : { max }) };
}

function resultsByInputs(evaluation: EvaluationReport): Html {
  const { rows, metric, columns, nouns } = evaluation;
  const [first = [], ...others] = columns;
  const alone = rows.filter((row) => row.population !== allMovies(evaluation));
  const names = alone.map(({ inputs }) => `the ${inputs.join(" + ")}`);
  return html`<h3>By inputs given</h3>
<figure>${barChart(rows.flatMap(rowBar), { ...axisOf(evaluation), description: `${metric} by inputs given` })}
<figcaption>${metric} when the model is given only these inputs; grey bars are baselines.${
    alone.length === 0
      ? ""
      : ` ${capitalised(listOf(names))} alone
${alone.length === 1 ? "is" : "are"} evaluated on the ${nouns.items} that have one.`
  }</figcaption></figure>
${table(
  ["inputs", nouns.items, `${metric} [95 %]`, ...first],
  rows.map((row) => [
    rowLabel(row),
    row.movies,
    formatInterval(row.score),
    ...first.map((column) => formatScore(figureOf(row, column))),
  ]),
)}
${others.map((names) =>
  table(
    ["inputs", ...names],
    rows
      .filter((row) => names.some((name) => figureOf(row, name) !== null))
      .map((row) => [row.name, ...names.map((name) => formatScore(figureOf(row, name)))]),
  ),
)}`;
}

function resultsByGroup({ evaluation, dataset }: RunRecord): Html | string {
  const { metric, nouns, rows } = evaluation;
  const groups = fullRowOf(evaluation)?.groups ?? [];
  if (groups.length < 2) return "";
  const title = dataset.rated.length === 0 ? `By group of ${nouns.items}` : "By number of ratings";
  return html`<h3>${title}</h3>
<figure>${barChart(
    groups.flatMap(({ group, movies, score }) => intervalBar(`${group} (${movies})`, score)),
    { ...axisOf(evaluation), description: `${metric} by group of ${nouns.items}` },
  )}
<figcaption>${metric} of “${evaluation.fullRow}” by group of ${nouns.items}, with the number of ${nouns.items} in brackets.</figcaption></figure>
${table(
  [metric, ...(rows[0]?.groups ?? []).map(({ group }) => group)],
  rows.map((row) => [rowLabel(row), ...row.groups.map(({ score }) => formatScore(score?.mean))]),
)}`;
}

function parityResults(parity: RunRecord["parity"], { items }: Nouns): Html {
  return html`<h3>ONNX against TensorFlow.js</h3>
<p>Both were run on ${formatCount(parity.movies)} ${items}; the tolerance for absolute differences
is ${formatError(parity.tolerance)}${scaledTolerance(parity)}.</p>
${table(
  ["output", "largest absolute", "largest relative", "mean absolute", "within tolerance"],
  parity.outputs.map(({ name, maxAbs, maxRel, mean, tolerance }) => [
    name,
    formatError(maxAbs),
    formatError(maxRel),
    formatError(mean),
    maxAbs <= (tolerance ?? parity.tolerance) ? "yes" : "NO",
  ]),
)}`;
}

/** Says so where an output has a tolerance of its own. */
function scaledTolerance({ outputs, tolerance }: RunRecord["parity"]): string {
  return outputs
    .flatMap(({ name, tolerance: own }) =>
      own === undefined || own === tolerance
        ? []
        : `; for “${name}”, in its own unit, ${formatError(own)}`,
    )
    .join("");
}

function rowBar(row: ScoredRow): Bar[] {
  return intervalBar(rowLabel(row), row.score, row.kind === "baseline");
}

function intervalBar(label: string, interval: Interval | null, muted = false): Bar[] {
  return interval === null ? [] : [{ label, value: interval.mean, interval, muted }];
}
