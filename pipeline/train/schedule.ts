/** Learning rate over the run: linear warm-up, then half a cosine down to zero (Loshchilov and Hutter 2017, SGDR). */

/**
 * @param step 0-based.
 * @param warmup Steps of warm-up.
 * @param total Steps of the whole run.
 * @param peak Learning rate at the end of the warm-up.
 */
export function learningRateAt(step: number, warmup: number, total: number, peak: number): number {
  // At most the peak: a share of the run is seldom a whole number of steps.
  if (step < warmup) return peak * Math.min(1, (step + 1) / warmup);
  const progress = Math.min(1, (step - warmup) / Math.max(1, total - warmup));
  return (peak * (1 + Math.cos(Math.PI * progress))) / 2;
}
