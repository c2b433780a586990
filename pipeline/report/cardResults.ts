/** The model card's results: figures, folds, calibration and limits. */

import { fullRowOf } from "../evaluate/evaluate.ts";
import { formatScore, groupsTable, markdownTable, metricsTable } from "../evaluate/table.ts";
import { type CrossValidation, comparedFigures } from "../folds/summary.ts";
import { blockMarkdown } from "./blocks.ts";
import { calibrationText } from "./calibration.ts";
import { contextOf, inert, text, textsOf } from "./cardText.ts";
import { caveats } from "./caveats.ts";
import { formatCount, formatError } from "./format.ts";
import { curveText } from "./ratingsCurve.ts";
import type { RunRecord } from "./runRecord.ts";

export function results(run: RunRecord): string {
  const { evaluation, parity, dataset, ratingsCurves } = run;
  const { nouns } = dataset;
  const context = contextOf(run);
  const definition = textsOf(evaluation).metric(context);
  const blocks = textsOf(evaluation).card(evaluation.detail, context);
  const grouped = evaluation.rows.some(({ groups }) => groups.length > 1);
  const differences = parity.outputs
    .map(({ name, maxAbs }) => `\`${name}\` ${formatError(maxAbs)}`)
    .join(", ");
  return `## Results

On the ${formatCount(evaluation.movies)} ${nouns.items} of the ${dataset.evaluatedOn} split, computed with the published graph. \
Intervals are 95 % percentile bootstrap intervals over ${nouns.items}. ${definition}

${inert(metricsTable(evaluation))}

${grouped ? `By group of ${nouns.items}:\n\n${inert(groupsTable(evaluation))}\n\n` : ""}\
${blocks.map((block) => `${inert(blockMarkdown(block))}\n\n`).join("")}\
${ratingsCurves.map((curve) => `${inert(curveText(curve, evaluation))}\n\n`).join("")}\
${calibrationText(evaluation)}\
Largest absolute difference between this graph and the TensorFlow.js model on \
${formatCount(parity.movies)} ${nouns.items}: ${differences}.`;
}

export function crossValidation(
  summary: CrossValidation,
  { evaluation, dataset }: RunRecord,
): string {
  const rows = comparedFigures(summary, evaluation).map(({ input, group, mean, std, here }) => [
    input,
    group,
    `${formatScore(mean)} ± ${formatScore(std, mean)}`,
    formatScore(here),
  ]);
  return `## Cross-validation

Mean and standard deviation of ${summary.metric} over ${summary.folds} folds of the train split, and ${summary.metric} on the ${dataset.evaluatedOn} split:

${inert(
  markdownTable(["input", dataset.nouns.items, "folds", dataset.evaluatedOn], rows, [
    "left",
    "left",
    "right",
    "right",
  ]),
)}`;
}

export function limits(run: RunRecord): string {
  const { dataset, evaluation } = run;
  const { items } = dataset.nouns;
  const unrated = fullRowOf(evaluation)?.groups.find(({ group }) => group === "unrated")?.score;
  const without = dataset.isMovies
    ? "movies without ratings are classified by title and poster alone"
    : `${items} without ratings are judged by their other inputs alone`;
  const [first, ...others] = textsOf(evaluation)
    .limits(evaluation.detail, contextOf(run))
    .map(text);
  const points = [
    ...(first === undefined ? [] : [first]),
    ...(dataset.rated.length === 0
      ? []
      : [
          `Users who are not in the training data are distinguished only by their demographics, and ${without}${
            unrated
              ? ` (${evaluation.metric} ${formatScore(unrated.mean)} on unrated ${items}).`
              : "."
          }`,
        ]),
    ...others,
    ...caveats(run),
  ];
  if (dataset.synthetic) {
    points.unshift("**Trained on synthetic data: not usable on real movies.**");
  }
  return `## Limits\n\n${points.map((point) => `- ${point}`).join("\n")}`;
}
