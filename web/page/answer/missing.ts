/** What each missing input would add, from the figures that the bundle's own evaluation measured. */

import { INPUT_NAMES, type InputName } from "../../../predictor/movie.ts";
import { subsetMetric } from "../../../predictor/subsetMetric.ts";

/** Smaller changes of mAP@5 are within its uncertainty. */
const WORTHWHILE = 0.01;

export const ADD: Readonly<Record<InputName, string>> = {
  title: "Add the title",
  poster: "Add the poster",
  ratings: "Add ratings",
};

export interface Gain {
  readonly missing: InputName;
  /** mAP@5 from the inputs present, and with the missing one added. */
  readonly before: number;
  readonly after: number;
}

/** @returns One for each missing input that the bundle has figures for, largest first. */
export function gainsOf(
  present: readonly InputName[],
  metrics: Readonly<Record<string, number>>,
): Gain[] {
  const before = metrics[subsetMetric(present)];
  if (before === undefined) return [];
  return INPUT_NAMES.filter((input) => !present.includes(input))
    .flatMap((missing) => {
      const together = INPUT_NAMES.filter((input) => input === missing || present.includes(input));
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
  return `${ADD[missing]}: ranking precision ${what}.`;
}
