/** Makes a bundle's manifest from a run's record. */

import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { FORMAT_VERSION, type Manifest } from "../../predictor/manifest.ts";
import { subsetMetric } from "../../predictor/subsetMetric.ts";
import { fullRowOf, WITH_POSTER } from "../evaluate/evaluate.ts";
import type { RunRecord } from "../report/runRecord.ts";

export function manifestOf(
  record: RunRecord,
  spec: InputSpecs,
  thresholds: readonly number[],
): Omit<Manifest, "files"> {
  const { evaluation, dataset } = record;
  const full = fullRowOf(evaluation);
  const metrics: Record<string, number> = {};
  for (const { k, value } of full?.mapAtK ?? []) {
    if (value !== null) metrics[`map@${k}`] = value;
  }
  // mAP@5 of every subset of inputs over the same movies, so that they are comparable.
  for (const { kind, inputs, groups } of evaluation.rows) {
    const map5 = groups.find(({ group }) => group === WITH_POSTER)?.map5;
    if (kind === "model" && map5) metrics[subsetMetric(inputs)] = map5.mean;
  }
  for (const { input, group, metric, mean, std } of record.crossValidation?.figures ?? []) {
    if (input !== full?.name || group !== full.population || metric !== "mAP@5") continue;
    metrics["folds map@5"] = mean;
    metrics["folds map@5 std"] = std;
  }
  return {
    formatVersion: FORMAT_VERSION,
    name: record.name,
    target: {
      type: "labels",
      labels: [...dataset.labels],
      thresholds: { perLabel: [...thresholds], subsets: [] },
    },
    inputs: spec,
    graph: structuredClone(record.graph) as Manifest["graph"],
    metrics,
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
