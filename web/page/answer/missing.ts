/** What the inputs that are missing would add, by the figures that the bundle's own evaluation measured. */

import { MODALITIES, type Modality } from "../../../predictor/predictor.ts";
import { subsetMetric } from "../../../predictor/subsetMetric.ts";

/** Smaller changes of mAP@5 are within the figure's own uncertainty. */
const WORTHWHILE = 0.01;

export const ADD: Readonly<Record<Modality, string>> = {
  title: "Add the title",
  poster: "Add the poster",
  ratings: "Add ratings",
};

export interface Gain {
  readonly missing: Modality;
  /** mAP@5 from what is there, and with the missing one besides. */
  readonly before: number;
  readonly after: number;
}

/** @returns Those that the bundle has figures for, the largest gain first. */
export function gainsOf(
  present: readonly Modality[],
  metrics: Readonly<Record<string, number>>,
): Gain[] {
  const before = metrics[subsetMetric(present)];
  if (before === undefined) return [];
  return MODALITIES.filter((modality) => !present.includes(modality))
    .flatMap((missing) => {
      const together = MODALITIES.filter((m) => m === missing || present.includes(m));
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
