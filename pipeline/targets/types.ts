/** The table of the types of targets: the only place of the pipeline that lists them. */

import { targetTypeOf } from "../../predictor/targets/types.ts";
import { classRules } from "./class/class.ts";
import { labelsRules } from "./labels/labels.ts";
import { numberRules } from "./number/number.ts";
import type { DeclaredTarget, FittedTarget, TargetName, TargetRules } from "./targetRules.ts";

export const TARGETS: Readonly<Record<TargetName, TargetRules>> = {
  labels: labelsRules,
  class: classRules,
  number: numberRules,
};

/** What data sets predict that do not say it: the movies' genres. */
export const DEFAULT_TARGET: DeclaredTarget = { type: "labels" };

export function rulesOf({ type }: Pick<DeclaredTarget, "type">): TargetRules {
  return TARGETS[type];
}

/** The graph's output that answers are read from. */
export function outputName(target: FittedTarget): string {
  return targetTypeOf(rulesOf(target).spec(target, undefined)).output;
}

/** A number of a target's outputs in the unit that tolerances are in: a probability, or a standard deviation. */
export function unitOf({ range }: Pick<FittedTarget, "range">): number {
  return range?.std ?? 1;
}
