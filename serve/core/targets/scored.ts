/** What is said of targets with a score for each of several names. */

import { z } from "zod";
import type { LabelsAnswer } from "../../../predictor/answer.ts";

export const probability = z.number().min(0).max(1);

export const scores = z.array(z.object({ label: z.string(), probability, selected: z.boolean() }));

export const contributions = z
  .array(
    z.object({
      label: z.string(),
      contribution: z
        .number()
        .describe("probability from all inputs, less the probability without this input"),
      without: probability,
      alone: probability,
    }),
  )
  .describe("in the order of the answer's scores");

/** The column with a name's probability in a CSV file. */
export function probabilityColumn(name: string): string {
  return `probability of ${name}`;
}

/** Probabilities in the order of the names. */
export function probabilitiesOf(names: readonly string[], { scores }: LabelsAnswer): number[] {
  const found = new Map(scores.map(({ label, probability }) => [label, probability]));
  return names.map((name) => found.get(name)!);
}

/** A line with a bar for each of the answer's scores; a star where it is selected. */
export function printScores({ scores }: LabelsAnswer): string[] {
  const width = Math.max(...scores.map(({ label }) => label.length));
  return scores.map(({ label, probability, selected }) => {
    const bar = "█".repeat(Math.round(probability * 30)).padEnd(30, "░");
    return `${selected ? "*" : " "} ${label.padEnd(width)}  ${bar} ${(probability * 100).toFixed(1).padStart(5)} %`;
  });
}
