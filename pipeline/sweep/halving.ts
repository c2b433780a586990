/**
 * Successive halving: trains many configurations for few epochs and the best of them for more (Jamieson and Talwalkar
 * 2016, "Non-stochastic Best Arm Identification and Hyperparameter Optimization", algorithm 1). Eta and shares are as in
 * the inner loop of Hyperband (Li et al. 2018, algorithm 1).
 */

import { isSection } from "../config/compare.ts";
import type { Config } from "../config/schema.ts";

export interface Rung {
  /** Share of the configured epochs that it trains, 0 exclusive to 1. */
  readonly share: number;
  /** Number of trials. */
  readonly trials: number;
}

/** Added before rounding down: log(9) / log(3) may come out just below 2. */
const ROUNDING = 1e-9;

/**
 * Rungs from the first, with all trials, to the last, with all epochs. Each has 1 / eta of the trials of the one before
 * (rounded down, at least one) and eta times the epochs, so that all rungs cost about the same.
 *
 * @param eta Above 1.
 * @param minShare The first rung trains at least this share of the epochs, 0 exclusive to 1.
 */
export function rungsOf(trials: number, eta: number, minShare: number): Rung[] {
  const steps = Math.floor(Math.log(1 / minShare) / Math.log(eta) + ROUNDING);
  const rungs = Array.from({ length: steps + 1 }, (_, k) => ({
    share: eta ** (k - steps),
    trials: Math.max(1, Math.floor(trials / eta ** k + ROUNDING)),
  }));
  // A rung of a single trial would select nothing, so only the last may have one.
  return rungs.filter((rung, k) => rung.trials > 1 || k === steps);
}

/** The configuration with a share of each tower's epochs, at least one. Learning-rate schedules shorten with them. */
export function withShare(config: Config, share: number): Config {
  const shorter = Object.entries(config).map(([name, section]: [string, unknown]) =>
    isSection(section) && typeof section.epochs === "number"
      ? [name, { ...section, epochs: Math.max(1, Math.round(section.epochs * share)) }]
      : [name, section],
  );
  return Object.fromEntries(shorter) as Config;
}
