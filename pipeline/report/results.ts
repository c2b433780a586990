/** The report's first section: the headline, and all figures by inputs, by group and by output. */

import { listOf } from "../../predictor/listOf.ts";
import { capitalised, type Nouns } from "../../predictor/nouns.ts";
import { type EvaluationReport, fullRowOf } from "../evaluate/evaluate.ts";
import { allMovies } from "../evaluate/facts.ts";
import { figureOf, formatInterval, formatScore, rowLabel } from "../evaluate/table.ts";
import { rulesOf } from "../targets/types.ts";
import { blockHtml } from "./blocks.ts";
import { calibrationSection } from "./calibration.ts";
import { caveats } from "./caveats.ts";
import { formatCount, formatError } from "./format.ts";
import { baselineGains } from "./headline.ts";
import { type Html, howToRead, html, table } from "./markup.ts";
import { mistakesSection } from "./mistakes.ts";
import { ratingsCurve } from "./ratingsCurve.ts";
import type { RunRecord } from "./runRecord.ts";
import { baselineTable, inputBars, intervalBar, scoreBars } from "./scores.ts";

export function resultsSection(run: RunRecord): Html {
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
${againstBaselines(evaluation)}
${resultsByGroup(run)}
${ratingsCurves.map((curve) => ratingsCurve(curve, evaluation))}
${report(evaluation.detail, context).map(blockHtml)}
${mistakesSection(run)}
${calibrationSection(evaluation)}
${parityResults(parity, nouns)}`;
}

/** Each baseline beside the model with the same inputs. */
function againstBaselines(evaluation: EvaluationReport): Html | string {
  if (baselineGains(evaluation).length === 0) return "";
  return html`<h3>Against the baselines</h3>
<p>Each baseline beside the model with the same inputs, or with all of them where the baseline has none, on the same
${evaluation.nouns.items}. A negative gain means that the simple method is better, and the tower not worth its parameters.</p>
${baselineTable(evaluation)}`;
}

function resultsByInputs(evaluation: EvaluationReport): Html {
  const { rows, metric, columns, nouns, better } = evaluation;
  const [first = [], ...others] = columns;
  const alone = rows.filter((row) => row.population !== allMovies(evaluation));
  const names = alone.map(({ inputs }) => `the ${inputs.join(" + ")}`);
  return html`<h3>By inputs given</h3>
<figure>${inputBars(evaluation)}
<figcaption>${metric} when the model is given only these inputs; grey bars are baselines.${
    alone.length === 0
      ? ""
      : ` ${capitalised(listOf(names))} alone
${alone.length === 1 ? "is" : "are"} evaluated on the ${nouns.items} that have one.`
  }</figcaption></figure>
${howToRead(`${better === "larger" ? "longer" : "shorter"} is better. The line across a bar's end is its 95 % interval: with other ${nouns.items} of the same
kind, the figure would mostly lie within it. A bar is worth its inputs if it is clearly ${better === "larger" ? "longer" : "shorter"} than the grey bars; whether an input adds anything
to the others is the difference between the bars with and without it.`)}
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
<figure>${scoreBars(
    evaluation,
    groups.flatMap(({ group, movies, score }) => intervalBar(`${group} (${movies})`, score)),
    `${metric} by group of ${nouns.items}`,
  )}
<figcaption>${metric} of “${evaluation.fullRow}” by group of ${nouns.items}, with the number of ${nouns.items} in brackets.</figcaption></figure>
${howToRead(`the groups are of different ${nouns.items}, not of the same with more or fewer inputs, so that a difference between two bars
may come from the ${nouns.items} themselves. Groups of few ${nouns.items} have wide intervals; where two intervals overlap widely, the
difference means little.`)}
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
