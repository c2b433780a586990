/** Metrics of how far what is served is from what the bundle's profile has. */

import { driftsOf } from "../../predictor/drift.ts";
import type { Counts } from "../../predictor/profile.ts";
import { targetTypeOf } from "../../predictor/targets/types.ts";
import type { Metrics, Sample } from "../core/metrics.ts";
import type { Model } from "../engine/model.ts";

/** Labels of a target that have series of their own: those that the profile has most of. */
const MAX_LABELS = 100;

const COUNT_LABELS = ["model", "version", "source", "kind", "name"] as const;

/** @param models Those that answer now. */
export function describeDrift(metrics: Metrics, models: () => readonly Model[]): void {
  metrics.series(
    "marquee_profile_items",
    "Items that marquee_profile_count counts: served ones, and those of the bundle's profile",
    ["model", "version", "source"],
    () =>
      models().flatMap((model) =>
        sourcesOf(model).map(({ labels, counts }) => ({ labels, value: counts.items })),
      ),
  );
  metrics.series(
    "marquee_profile_count",
    "Items by bin of the score (name: its upper end), selected label, present input; sum of shares of unknown values by input",
    COUNT_LABELS,
    () => models().flatMap(countSamples),
  );
  metrics.series(
    "marquee_drift",
    "Population stability index of what is served against the bundle's profile, minus what chance alone gives",
    ["model", "version", "kind", "name"],
    () => models().flatMap(driftSamples),
  );
}

interface Source {
  readonly labels: { readonly model: string; readonly version: string; readonly source: string };
  readonly counts: Counts;
}

/** None while too few items were served. */
function sourcesOf({ drift, manifest, version }: Model): Source[] {
  const served = drift?.served;
  if (served === undefined) return [];
  const labels = { model: manifest.name, version };
  return [
    { labels: { ...labels, source: "served" }, counts: served },
    { labels: { ...labels, source: "profile" }, counts: drift!.profile },
  ];
}

function countSamples(model: Model): Sample<(typeof COUNT_LABELS)[number]>[] {
  const { target, inputs } = model.manifest;
  const inputNames = Object.keys(inputs);
  const labelNames = targetTypeOf(target).names(target);
  return sourcesOf(model).flatMap(({ labels, counts }) => {
    const { edges, selected } = model.drift!.profile;
    const sample = (kind: string, name: string, value: number) => ({
      labels: { ...labels, kind, name },
      value,
    });
    const shown = mostOf(selected);
    return [
      ...counts.bins.map((count, i) => sample("score", String(edges[i] ?? "+Inf"), count)),
      ...shown.map((i) => sample("label", labelNames[i]!, counts.selected[i]!)),
      ...inputNames.flatMap((name, i) => [
        sample("input", name, counts.present[i]!),
        sample("unknown", name, counts.unknown[i]!),
      ]),
    ];
  });
}

/** Positions of the labels that are shown; none of a target that selects none. */
function mostOf(selected: readonly number[]): number[] {
  if (selected.every((count) => count === 0)) return [];
  const order = [...selected.keys()].sort((a, b) => selected[b]! - selected[a]!);
  return order.slice(0, MAX_LABELS);
}

function driftSamples(model: Model): Sample<"model" | "version" | "kind" | "name">[] {
  const { drift, manifest, version } = model;
  const served = drift?.served;
  if (served === undefined) return [];
  const inputNames = Object.keys(manifest.inputs);
  return driftsOf(drift!.profile, served).map(({ kind, input, index }) => ({
    labels: {
      model: manifest.name,
      version,
      kind,
      name: input === undefined ? "" : inputNames[input]!,
    },
    value: index,
  }));
}
