/** What the inputs that are missing would add, by the figures that the bundle's own evaluation measured. */

import { INPUT_NAMES, type InputName } from "../../../predictor/predictor.ts";
import { subsetMetric } from "../../../predictor/subsetMetric.ts";

/** Smaller changes of mAP@5 are within the figure's own uncertainty. */
const WORTHWHILE = 0.01;

export const ADD: Readonly<Record<InputName, string>> = {
  title: "Add the title",
  poster: "Add the poster",
  ratings: "Add ratings",
};

export interface Gain {
  readonly missing: InputName;
  /** mAP@5 from what is there, and with the missing one besides. */
  readonly before: number;
  readonly after: number;
}

/** @returns Those that the bundle has figures for, the largest gain first. */
export function gainsOf(
  present: readonly InputName[],
  metrics: Readonly<Record<string, number>>,
): Gain[] {
  const before = metrics[subsetMetric(present)];
  if (before === undefined) return [];
  return INPUT_NAMES.filter((input) => !present.includes(input))
    .flatMap((missing) => {
      const together = INPUT_NAMES.filter((m) => m === missing || present.includes(m));
      const after = metrics[subsetMetric(together)];
      return after === undefined ? [] : [{ missing, before, after }];
    })
    .sort((a, b) => b.after - a.after);
}

export function describeGain({ missing, before, after }: Gain): string {
  const [from, to] = [before.toFixed(2), after.toFixed(2)];
  const change = after - before;
  const what =
    Math.abs(change) < WORTHWHILE
      ? `hardly changes (${from} to ${to})`
      : `${change > 0 ? "rises" : "falls"} from ${from} to ${to}`;
  return `${ADD[missing]}: the ranking's precision ${what}.`;
}
