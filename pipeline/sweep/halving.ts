/**
 * Successive halving: many configurations on few epochs, the best of them on more (Jamieson and Talwalkar 2016,
 * "Non-stochastic Best Arm Identification and Hyperparameter Optimization", algorithm 1; with eta and shares as the inner
 * loop of Hyperband, Li et al. 2018, algorithm 1).
 */

import { INPUT_NAMES } from "../../predictor/predictor.ts";
import type { Config } from "../config/schema.ts";

export interface Rung {
  /** Of the epochs that the configuration asks for, 0..1. */
  readonly share: number;
  /** How many trials it has. */
  readonly trials: number;
}

/** log(9) / log(3) may fall short of 2 by rounding. */
const ROUNDING = 1e-9;

/**
 * From the first rung, which has all trials, to the last, which has all epochs. From one to the next there are 1 / eta of
 * the trials (rounded down) and eta times the epochs, so that each rung costs about as much as any other.
 *
 * @param minShare The first rung trains at least this share of the epochs.
 */
export function rungsOf(trials: number, eta: number, minShare: number): Rung[] {
  const steps = Math.floor(Math.log(1 / minShare) / Math.log(eta) + ROUNDING);
  const rungs = Array.from({ length: steps + 1 }, (_, k) => ({
    share: eta ** (k - steps),
    trials: Math.max(1, Math.floor(trials / eta ** k + ROUNDING)),
  }));
  // A trial that has nobody left to beat goes straight to all epochs.
  return rungs.filter(({ trials: left }, k) => left > 1 || k === steps);
}

/** The configuration with a share of its epochs, each tower at least one; its schedule is as much shorter. */
export function withShare(config: Config, share: number): Config {
  const shorter = { ...config };
  for (const input of INPUT_NAMES) {
    const epochs = Math.max(1, Math.round(config[input].epochs * share));
    Object.assign(shorter, { [input]: { ...config[input], epochs } });
  }
  return shorter;
}
