/** Makes a bundle's manifest from a run's record. */

import type { Curve } from "../../predictor/curve.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { FORMAT_VERSION, type Manifest } from "../../predictor/manifest.ts";
import { subsetMetric } from "../../predictor/subsetMetric.ts";
import type { TargetSpec } from "../../predictor/targets/types.ts";
import { fullRowOf } from "../evaluate/evaluate.ts";
import { mainFigure } from "../folds/summary.ts";
import type { RunRecord } from "../report/runRecord.ts";

/** @param target What is predicted. */
export function manifestOf(
  record: RunRecord,
  spec: InputSpecs,
  target: TargetSpec,
): Omit<Manifest, "files"> {
  const { dataset } = record;
  return {
    formatVersion: FORMAT_VERSION,
    name: record.name,
    target,
    inputs: spec,
    graph: structuredClone(record.graph) as Manifest["graph"],
    metrics: metricsOf(record),
    ...(record.ratingsCurves.length > 0
      ? { curves: record.ratingsCurves.map(({ published }) => structuredClone(published) as Curve) }
      : {}),
    provenance: {
      dataset: dataset.name,
      synthetic: dataset.synthetic,
      datasetSha256: dataset.sha256,
      seed: record.seed,
      config: structuredClone(record.config),
      backend: record.backend,
      versions: { ...record.versions },
      ...(record.gitCommit === undefined ? {} : { gitCommit: record.gitCommit }),
      createdAt: record.createdAt,
      durationSeconds: record.durationSeconds,
    },
  };
}

/**
 * Headline figures by names in lower case: of all inputs ("map@5", "lrap"), of every subset of inputs over the same movies,
 * so that they are comparable ("map@5 from title"), and over the folds ("folds map@5").
 */
function metricsOf({ evaluation, crossValidation }: RunRecord): Record<string, number> {
  const { rows, metric } = evaluation;
  const full = fullRowOf(evaluation);
  const main = metric.toLowerCase();
  const metrics: Record<string, number> = {};
  if (full?.score) metrics[main] = full.score.mean;
  for (const figure of full?.figures ?? []) {
    if (figure.value !== null) metrics[figure.metric.toLowerCase()] = figure.value;
  }
  // An image alone is scored on movies that have one.
  const common = rows.find(({ population }) => population !== full?.population)?.population;
  for (const { kind, inputs, groups } of rows) {
    const score = groups.find(({ group }) => group === (common ?? full?.population))?.score;
    if (kind === "model" && score) metrics[subsetMetric(inputs, main)] = score.mean;
  }
  const folds = mainFigure(evaluation, crossValidation);
  if (folds) {
    metrics[`folds ${main}`] = folds.mean;
    metrics[`folds ${main} std`] = folds.std;
  }
  return metrics;
}
