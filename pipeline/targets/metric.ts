/** The one metric of a target: its mean, and which of two values is better. */

import { meanOfKnown } from "../../predictor/metrics.ts";
import type { Metric, Truth } from "./targetRules.ts";

/** NaN where no item has a value. */
export function meanScore(
  metric: Metric,
  scores: Float32Array,
  truth: Truth,
  width: number,
): number {
  return meanOfKnown(metric.perItem(scores, truth, width));
}

/** How much better `value` is than `other`: positive if it is. */
export function gain({ better }: Pick<Metric, "better">, value: number, other: number): number {
  return better === "larger" ? value - other : other - value;
}
