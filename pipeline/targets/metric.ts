/** The one metric of a target: its mean, and which of two values is better. */

import type { Metric, Targets } from "./targetRules.ts";

/** NaN where no item has a value. */
export function meanScore(
  metric: Metric,
  scores: Float32Array,
  truth: Targets,
  width: number,
): number {
  return meanOfKnown(metric.perItem(scores, truth, width));
}

/** Mean without NaN; NaN where there is nothing else. */
export function meanOfKnown(values: ArrayLike<number>): number {
  let sum = 0;
  let count = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    sum += values[i]!;
    count++;
  }
  return sum / count;
}

/** How much better `value` is than `other`: positive if it is. */
export function gain({ better }: Pick<Metric, "better">, value: number, other: number): number {
  return better === "larger" ? value - other : other - value;
}
