/** Names of outputs as rows of 0 and 1. */

import { capitalised, type Nouns } from "../../predictor/nouns.ts";
import type { Chart } from "./blocks.ts";
import type { TargetValue } from "./targetRules.ts";

/** 1 for each of the item's labels, else 0 [outputs]. */
export function oneHot({ labels }: TargetValue, outputs: readonly string[]): Uint8Array {
  const own = new Set(labels);
  return Uint8Array.from(outputs, (label) => (own.has(label) ? 1 : 0));
}

/** Each item's labels as indices of outputs, without unknown ones. */
export function labelRows(items: readonly TargetValue[], outputs: readonly string[]): number[][] {
  const indexOf = new Map(outputs.map((label, index) => [label, index]));
  return items.map(({ labels }) =>
    labels.map((label) => indexOf.get(label) ?? -1).filter((index) => index >= 0),
  );
}

/** Number of items with each label; those that are not outputs are ignored. */
export function countOf(items: readonly TargetValue[], outputs: readonly string[]): number[] {
  const counts = new Map(outputs.map((label) => [label, 0]));
  for (const { labels } of items) {
    for (const label of labels) {
      const count = counts.get(label);
      if (count !== undefined) counts.set(label, count + 1);
    }
  }
  return outputs.map((label) => counts.get(label)!);
}

/** A chart of the number of items with each label, the most frequent first. */
export function countChart(
  items: readonly TargetValue[],
  outputs: readonly string[],
  names: Pick<Nouns, "items" | "label" | "labels">,
): { readonly chart: Chart; readonly caption: string } {
  const { items: things, label } = names;
  const counts = countOf(items, outputs);
  const bars = outputs
    .map((name, i) => ({ label: name, value: counts[i]! }))
    .sort((a, b) => b.value - a.value);
  const axis = `${things} of the train split`;
  const description = `${capitalised(axis)} per ${label}`;
  return {
    chart: { kind: "bars", bars, description, axis, unit: "count", reading: countReading(names) },
    caption: `${description}.`,
  };
}

function countReading({ items, label, labels }: Pick<Nouns, "items" | "label" | "labels">): string {
  return (
    `a ${label} with a long bar is easy to learn and easy to guess: a model that always answers the longest ones is right ` +
    `that often, and has learned nothing. Of ${labels} with short bars the model has seen few ${items}, so that it is less ` +
    "sure of them, and their figures are less certain."
  );
}

/** Share of the items that have each label. */
export function shareOf(items: readonly TargetValue[], outputs: readonly string[]): number[] {
  return countOf(items, outputs).map((count) => count / items.length);
}
