/** The result in a few sentences: how good the model is, and what it beats by how much. */

import { isSameSet } from "../../predictor/targets/decide.ts";
import { type EvaluationReport, fullRowOf, type ScoredRow } from "../evaluate/evaluate.ts";
import { formatInterval, formatScore } from "../evaluate/table.ts";
import { gain } from "../targets/metric.ts";

/** A baseline beside the model with the same inputs, on the same items. */
export interface BaselineGain {
  readonly baseline: string;
  /** Name of the model's row: the baseline's inputs, or all where it has none or there is no such row. */
  readonly inputs: string;
  readonly model: number;
  readonly reference: number;
  /** By how much the model is better; below 0 where the baseline is. */
  readonly gain: number;
}

/** The baselines that have figures, those with the largest gain first. */
export function baselineGains(evaluation: EvaluationReport): BaselineGain[] {
  const { rows } = evaluation;
  const full = fullRowOf(evaluation);
  const found = rows.flatMap((row): BaselineGain[] => {
    if (row.kind !== "baseline") return [];
    const same = rows.find(({ kind, inputs }) => kind === "model" && isSameSet(inputs, row.inputs));
    const beside = same ?? full;
    const model = beside?.score?.mean;
    const reference = beside && scoreOn(row, beside.population);
    if (model === undefined || reference === undefined) return [];
    const { name: inputs } = beside!;
    return [
      { baseline: row.name, inputs, model, reference, gain: gain(evaluation, model, reference) },
    ];
  });
  return found.sort((a, b) => b.gain - a.gain);
}

/** "0.075 better than the best baseline, ..., with 0.860" */
export function headline(evaluation: EvaluationReport, split: string): string[] {
  const { metric, movies, nouns } = evaluation;
  const full = fullRowOf(evaluation);
  if (!full?.score) return [];
  const sentences = [
    `${metric} on the ${movies} ${split} ${nouns.items}, from ${full.name}: ${formatInterval(full.score)}.`,
  ];
  const best = bestBaseline(evaluation, full);
  if (best) {
    const by = gain(evaluation, full.score.mean, best.score);
    sentences.push(
      `The best baseline, ${best.name}, has ${formatScore(best.score)}: the model is ${formatScore(Math.abs(by), best.score)} ${by >= 0 ? "better" : "worse"}.`,
    );
  }
  for (const { baseline, inputs, model, reference, gain: by } of baselineGains(evaluation)) {
    if (by >= 0) continue;
    sentences.push(
      `Where a baseline wins: ${baseline} has ${formatScore(reference)}, the model from ${inputs} ${formatScore(model)}.`,
    );
  }
  return sentences;
}

function bestBaseline(evaluation: EvaluationReport, { population }: ScoredRow) {
  const known = evaluation.rows.flatMap((row) => {
    const score = row.kind === "baseline" ? scoreOn(row, population) : undefined;
    return score === undefined ? [] : [{ name: row.name, score }];
  });
  return known.sort((a, b) => gain(evaluation, b.score, a.score))[0];
}

function scoreOn({ groups }: ScoredRow, population: string): number | undefined {
  return groups.find(({ group }) => group === population)?.score?.mean;
}
