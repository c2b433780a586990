/** Learning rate over a run: linear warm-up, then a schedule. */

import type { Schedule } from "../config/schema.ts";

/** Shares of the steps after the warm-up at which the `step` schedule falls. */
const FALLS = [0.5, 0.75];
/** Factor of each fall. */
const FALL = 0.1;

export interface LearningRateOptions {
  /** Number of warm-up steps; need not be an integer. */
  readonly warmup: number;
  /** Number of steps of the whole run. */
  readonly total: number;
  /** Learning rate at the end of the warm-up. */
  readonly peak: number;
  /** Default: `cosine`. */
  readonly schedule?: Schedule;
}

/**
 * The learning rate of a step. `cosine` falls to zero along half a cosine (Loshchilov and Hutter 2017, SGDR), `constant`
 * stays at the peak, `step` falls to a tenth after half and again after three quarters of the steps (as in He et al. 2016).
 *
 * @param step From 0.
 */
export function learningRateAt(
  step: number,
  { warmup, total, peak, schedule = "cosine" }: LearningRateOptions,
): number {
  // At most the peak: a share of the run is rarely a whole number of steps.
  if (step < warmup) return peak * Math.min(1, (step + 1) / warmup);
  const progress = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
  if (schedule === "constant") return peak;
  if (schedule === "step") return peak * FALL ** FALLS.filter((at) => progress >= at).length;
  return (peak * (1 + Math.cos(Math.PI * progress))) / 2;
}
