/** Caveats about a run's metrics, worded the same in the terminal, the report and the model card. */

import { PRECISION_FILES } from "../../predictor/manifest.ts";
import type { PrecisionResult } from "../evaluate/precisions.ts";
import { groupsTable, metricsTable } from "../evaluate/table.ts";
import { describeLeftOut } from "../fit/columnsLeftOut.ts";
import { cutWarning } from "../fit/cutTexts.ts";
import type { DatasetRecord, RunRecord } from "./runRecord.ts";

/** All that readers of the metrics have to know. */
export function caveats({
  dataset,
  leftOut,
  cutTexts,
}: Pick<RunRecord, "dataset" | "leftOut" | "cutTexts">): string[] {
  const caveat = evaluationCaveat(dataset);
  return [
    ...(caveat === undefined ? [] : [caveat]),
    ...leftOut.map(describeLeftOut),
    ...cutTexts.flatMap((texts) => cutWarning(texts) ?? []),
  ];
}

/** A sentence if the evaluated movies were also used in training; undefined if there is a test split. */
function evaluationCaveat({ evaluatedOn, nouns: { items } }: DatasetRecord): string | undefined {
  if (evaluatedOn === "test") return undefined;
  return (
    "The data set has no test split: these figures are optimistic, because they are measured on " +
    `the validation ${items}, which also determined the epochs, the gates and the thresholds.`
  );
}

/** A sentence per precision whose file is not in the bundle. */
export function filesLeftOut(precisions: readonly PrecisionResult[]): string[] {
  return precisions.flatMap(({ precision, leftOut }) =>
    leftOut === undefined ? [] : [`${PRECISION_FILES[precision]} is left out: ${leftOut}.`],
  );
}

/** The metrics that a run prints at its end. */
export function summarize(run: RunRecord): string {
  const { dataset, evaluation } = run;
  return [
    ...(dataset.synthetic
      ? ["Synthetic data: the movies are invented, so these figures say nothing about real ones."]
      : []),
    ...caveats(run),
    metricsTable(evaluation),
    ...(evaluation.rows.some(({ groups }) => groups.length > 1) ? [groupsTable(evaluation)] : []),
  ].join("\n\n");
}
