/** What targets with a score for each of several names have in common. */

import * as z from "zod";
import type { LabelScore, ScoredAnswer, ScoredContribution, TargetAnswer } from "../answerTypes.ts";
import { rankLabels } from "../metrics.ts";
import type { Outcome } from "./targetType.ts";

/** Schema of the names: at least one, each once. */
export const scoredNames = z
  .array(z.string().min(1))
  .min(1)
  .refine((names) => new Set(names).size === names.length, { error: "must not name one twice" });

/**
 * @param row Probabilities in the order of the names.
 * @param isSelected Of the name at a position.
 * @returns All names, most probable first; ties in their order.
 */
export function rankScores(
  names: readonly string[],
  row: ArrayLike<number>,
  isSelected: (position: number) => boolean,
): LabelScore[] {
  return rankLabels(row).map((i) => ({
    label: names[i]!,
    probability: row[i]!,
    selected: isSelected(i),
  }));
}

/** The largest probability. */
export function topScore({ scores }: Outcome): number {
  return scores[0]!.probability;
}

/** @param topK Scores that are shown; undefined: all. */
export function showScores(scores: readonly LabelScore[], topK: number | undefined): ScoredAnswer {
  return {
    scores: scores.slice(0, topK),
    selected: scores.filter(({ selected }) => selected).map(({ label }) => label),
  };
}

/** What a group of inputs changed for each of the labels that the answer shows. */
export function scoredContribution(
  answer: TargetAnswer,
  without: Outcome,
  alone: Outcome,
): ScoredContribution {
  const [pWithout, pAlone] = [probabilities(without), probabilities(alone)];
  const scores = (answer as ScoredAnswer).scores.map(({ label, probability }) => ({
    label,
    contribution: probability - pWithout.get(label)!,
    without: pWithout.get(label)!,
    alone: pAlone.get(label)!,
  }));
  return { scores };
}

function probabilities({ scores }: Outcome): Map<string, number> {
  return new Map(scores.map(({ label, probability }) => [label, probability]));
}
