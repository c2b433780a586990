/** What is said of targets with a score for each of several names. */

import * as z from "zod";
import type { Answer, LabelsAnswer } from "../../../predictor/answerTypes.ts";
import type { OutputColumn } from "./servedTarget.ts";

export const probability = z.number().min(0).max(1);

export const scores = z.array(z.object({ label: z.string(), probability, selected: z.boolean() }));

export const contributions = z
  .array(
    z.object({
      label: z.string(),
      contribution: z
        .number()
        .describe("probability from all inputs minus the probability without this input"),
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

/**
 * Outputs of probabilities and of the names they belong to: in the order of the names, as in the graph; with `topK` so many,
 * the most probable first.
 */
export function scoredOutputs(names: readonly string[], topK?: number): OutputColumn[] {
  const width = Math.min(topK ?? names.length, names.length);
  const ranked = (answer: Answer) => (answer as LabelsAnswer).scores;
  return [
    {
      name: "probabilities",
      datatype: "FP32",
      width,
      row: (answer) =>
        topK === undefined
          ? probabilitiesOf(names, answer as LabelsAnswer)
          : ranked(answer).map(({ probability }) => probability),
    },
    {
      name: "labels",
      datatype: "BYTES",
      width,
      row: (answer) => (topK === undefined ? names : ranked(answer).map(({ label }) => label)),
    },
  ];
}

/** The output of the names that are selected, most probable first. @param width See `OutputColumn`. */
export function selectedOutput(width: number): OutputColumn {
  return {
    name: "selected",
    datatype: "BYTES",
    width,
    row: (answer) => (answer as LabelsAnswer).selected,
  };
}

/** A line with a bar for each of the answer's scores; a star where it is selected. */
export function printScores({ scores }: LabelsAnswer): string[] {
  const width = Math.max(...scores.map(({ label }) => label.length));
  return scores.map(({ label, probability, selected }) => {
    const bar = "█".repeat(Math.round(probability * 30)).padEnd(30, "░");
    return `${selected ? "*" : " "} ${label.padEnd(width)}  ${bar} ${(probability * 100).toFixed(1).padStart(5)} %`;
  });
}
