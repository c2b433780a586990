/** How far what a model serves is from its profile. */

import type { Counts, Profile } from "./profile.ts";

/** Added to each count, so that one of 0 has a logarithm (Jeffreys' prior). */
const PRIOR = 0.5;

/** What a drift is of: the histogram of scores, what is selected, whether an input is there, and its unknown values. */
export type DriftKind = "score" | "label" | "input" | "unknown";

export interface Drift {
  readonly kind: DriftKind;
  /** Position of the input; undefined for kinds that are of all items. */
  readonly input?: number;
  /** See `stabilityIndex`. */
  readonly index: number;
}

/**
 * The population stability index of two histograms with the same bins: the sum of (p - q) ln(p / q) over their shares
 * (Siddiqi 2006, Credit Risk Scorecards, section "Stability"), less what chance alone makes it. Of two samples of M and N
 * from one distribution over B bins, it is (1/M + 1/N) times a chi-squared variable with B - 1 degrees of freedom
 * (Yurdakul and Naranjo 2020, J. Risk Model Validation 14(4)), so that its mean is (B - 1)(1/M + 1/N).
 *
 * @returns At least 0. Below 0.1 is usually called stable, above 0.25 a shift.
 */
export function stabilityIndex(reference: readonly number[], served: readonly number[]): number {
  const bins = reference.length;
  const total = (counts: readonly number[]) => counts.reduce((sum, count) => sum + count, 0);
  const [m, n] = [total(reference), total(served)];
  if (bins < 2 || m === 0 || n === 0) return 0;
  const share = (count: number, all: number) => (count + PRIOR) / (all + PRIOR * bins);
  const index = reference.reduce((sum, count, i) => {
    const [p, q] = [share(count, m), share(served[i]!, n)];
    return sum + (p - q) * Math.log(p / q);
  }, 0);
  return Math.max(0, index - (bins - 1) * (1 / m + 1 / n));
}

/** Each drift that the profile has something about. */
export function driftsOf(profile: Profile, served: Counts): Drift[] {
  const drifts: Drift[] = [{ kind: "score", index: stabilityIndex(profile.bins, served.bins) }];
  if (profile.selected.some((count) => count > 0)) {
    drifts.push({ kind: "label", index: stabilityIndex(profile.selected, served.selected) });
  }
  const twoBins = (some: number, of: number) => [some, of - some];
  for (const [input, present] of profile.present.entries()) {
    const now = served.present[input]!;
    drifts.push({
      kind: "input",
      input,
      index: stabilityIndex(twoBins(present, profile.items), twoBins(now, served.items)),
    });
    const unknown = [profile.unknown[input]!, served.unknown[input]!] as const;
    if (unknown[0] + unknown[1] === 0) continue;
    drifts.push({
      kind: "unknown",
      input,
      index: stabilityIndex(twoBins(unknown[0], present), twoBins(unknown[1], now)),
    });
  }
  return drifts;
}
