/** Learning rate over the run: linear warm-up, then what the schedule says. */

export const SCHEDULES = ["cosine", "constant", "step"] as const;
export type Schedule = (typeof SCHEDULES)[number];

/** Shares of the steps after the warm-up at which the step schedule falls, and by what. */
const FALLS = [0.5, 0.75];
const FALL = 0.1;

/**
 * `cosine` falls to zero along half a cosine (Loshchilov and Hutter 2017, SGDR), `constant` stays, `step` falls to a tenth
 * at half and again at three quarters of the way (He et al. 2016 train so).
 *
 * @param step 0-based.
 * @param warmup Steps of warm-up.
 * @param total Steps of the whole run.
 * @param peak Learning rate at the end of the warm-up.
 */
export function learningRateAt(
  step: number,
  warmup: number,
  total: number,
  peak: number,
  schedule: Schedule = "cosine",
): number {
  // At most the peak: a share of the run is seldom a whole number of steps.
  if (step < warmup) return peak * Math.min(1, (step + 1) / warmup);
  const progress = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
  if (schedule === "constant") return peak;
  if (schedule === "step") return peak * FALL ** FALLS.filter((at) => progress >= at).length;
  return (peak * (1 + Math.cos(Math.PI * progress))) / 2;
}
