/** What decisions need, tuned on held-out movies shown with each subset of their inputs. */

import type { FittedTarget, Thresholds, Truth } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { subsets } from "./subsets.ts";

export interface HeldOutScores {
  readonly target: FittedTarget;
  /** All groups of inputs. */
  readonly groups: readonly string[];
  /** The groups that each movie has. */
  readonly present: readonly (readonly string[])[];
  /** What is true [movies, outputs]. */
  readonly truth: Truth;
  /** The answers from some inputs alone [movies, outputs]. */
  readonly scoresOf: (shown: readonly string[]) => Promise<Float32Array> | Float32Array;
}

/** @returns Undefined for a target that decides without. */
export async function tune({
  target,
  groups,
  present,
  truth,
  scoresOf,
}: HeldOutScores): Promise<Thresholds | undefined> {
  const rules = rulesOf(target);
  if (!rules.tune) return undefined;
  const shown = [];
  for (const subset of subsets(groups)) {
    shown.push({
      groups: subset,
      scores: await scoresOf(subset),
      present: present.map((own) => own.filter((group) => subset.includes(group))),
    });
  }
  return rules.tune(shown, truth, target);
}
