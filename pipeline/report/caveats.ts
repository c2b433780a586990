/** What has to be said beside a run's figures, the same in the terminal, the report and the model card. */

import { PRECISION_FILES } from "../../predictor/manifest.ts";
import type { PrecisionResult } from "../evaluate/precisions.ts";
import { groupsTable, metricsTable } from "../evaluate/table.ts";
import type { DatasetRecord, RunRecord } from "./runRecord.ts";

/** One sentence where the figures are not of movies set aside for them alone; else undefined. */
export function evaluationCaveat({ evaluatedOn }: DatasetRecord): string | undefined {
  if (evaluatedOn === "test") return undefined;
  return (
    "The data set has no test split: these figures are optimistic, because the validation movies " +
    "they are measured on also chose the epochs, the gates and the thresholds."
  );
}

/** A sentence per precision whose file is not part of the bundle. */
export function filesLeftOut(precisions: readonly PrecisionResult[]): string[] {
  return precisions.flatMap(({ precision, leftOut }) =>
    leftOut === undefined ? [] : [`${PRECISION_FILES[precision]} is left out: ${leftOut}.`],
  );
}

/** The figures as a run prints them at its end. */
export function summarize({ dataset, evaluation }: RunRecord): string {
  const caveat = evaluationCaveat(dataset);
  return [
    ...(dataset.synthetic
      ? ["Synthetic data: the movies are invented, these figures say nothing about real ones."]
      : []),
    ...(caveat === undefined ? [] : [caveat]),
    metricsTable(evaluation),
    groupsTable(evaluation),
  ].join("\n\n");
}
