/** Whether probabilities are what they say: by the inputs shown, and by group of movies. */

import { type EvaluationReport, fullRowOf } from "../evaluate/evaluate.ts";
import { formatScore } from "../evaluate/table.ts";
import type { Calibration } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { text } from "./cardText.ts";
import { reliabilityChart } from "./charts.ts";
import { type Html, howToRead, html, table } from "./markup.ts";

interface Calibrated extends Calibration {
  readonly name: string;
}

/** Calibrations of every subset of the inputs. */
function ofSubsets({ rows }: EvaluationReport): Calibrated[] {
  return rows.flatMap(({ name, calibration }) => (calibration ? [{ name, ...calibration }] : []));
}

/** Calibrations of every group of movies, from all inputs; empty without groups. */
function ofGroups(evaluation: EvaluationReport): Calibrated[] {
  const [, ...groups] = fullRowOf(evaluation)?.groups ?? [];
  return groups.flatMap(({ group, calibration }) =>
    calibration ? [{ name: group, ...calibration }] : [],
  );
}

/** Nothing for targets without probabilities. */
export function calibrationSection(evaluation: EvaluationReport): Html | string {
  const { nouns, target, fullRow } = evaluation;
  const rules = rulesOf({ type: target }).calibration;
  const subsets = ofSubsets(evaluation);
  if (!rules || subsets.length === 0) return "";
  const groups = ofGroups(evaluation);
  return html`<h3>Calibration</h3>
<p>Expected calibration error (ECE), ${rules.of(nouns)}: the mean difference between a probability and the
share of answers with such a probability that are right, in ten bins. “Expected” is the sum of the probabilities, as a
multiple of the number of answers that are right: above 1, the model expects too many.</p>
${howToRead(`each point is a bin: to the right its mean probability, upwards the share of its answers that are right. Points on
the dashed line are calibrated: of answers with 0.7, seven of ten are right. Below the line the model is too sure, above
it not sure enough. Points that jump up and down are bins with few answers, and mean little.`)}
${plotsOf(subsets, "inputs", "Reliability plot of one subset of the inputs")}
${
  groups.length === 0
    ? ""
    : html`<p>The same by group of ${nouns.items}, from “${fullRow}”.</p>
${plotsOf(groups, nouns.items, `Reliability plot of a group of ${nouns.items}`)}`
}`;
}

function plotsOf(rows: readonly Calibrated[], what: string, description: string): Html {
  return html`<div class="pair">${rows.map(
    ({ name, bins }) =>
      html`<figure>${reliabilityChart(bins, description)}
<figcaption>${name}</figcaption></figure>\n`,
  )}</div>
${table(
  [what, "ECE", "expected"],
  rows.map(({ name, ece, bins }) => [name, formatScore(ece), formatScore(expected(bins))]),
)}`;
}

/** Null where no answer is right. */
function expected(bins: Calibration["bins"]): number | null {
  const total = (pick: "confidence" | "accuracy") =>
    bins.reduce((sum, bin) => sum + bin.count * bin[pick], 0);
  return total("accuracy") === 0 ? null : total("confidence") / total("accuracy");
}

/** Sentences for the model card; nothing for targets without probabilities. */
export function calibrationText(evaluation: EvaluationReport): string {
  const { nouns, target, fullRow } = evaluation;
  const rules = rulesOf({ type: target }).calibration;
  const subsets = ofSubsets(evaluation);
  if (!rules || subsets.length === 0) return "";
  const list = (rows: readonly Calibrated[], link: string) =>
    rows.map(({ name, ece }) => `${formatScore(ece)} ${link} ${text(name)}`).join(", ");
  const groups = ofGroups(evaluation);
  const byGroup =
    groups.length === 0
      ? ""
      : ` By group of ${nouns.items}, from ${text(fullRow)}: ${list(groups, "for")}.`;
  return `Expected calibration error (ECE), ${rules.of(nouns)}: ${list(subsets, "from")}.${byGroup}\n\n`;
}
