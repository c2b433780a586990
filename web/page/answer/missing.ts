/** What each missing group of inputs would add, from the figures that the bundle's own evaluation measured. */

import type { Figure } from "../targets/targetView.ts";
import { readable, withThe } from "../wording.ts";

/** Smaller changes are within the figures' uncertainty. */
const WORTHWHILE = 0.01;

export interface Gain {
  readonly missing: string;
  /** The figure from the groups present, and with the missing one added. */
  readonly before: number;
  readonly after: number;
}

export interface Measured {
  /** All groups, in the order in which the figures' names have them. */
  readonly groups: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly figure: Figure | undefined;
  /** Completes what the figure means: " with all their ratings". */
  readonly how: string;
}

/** @returns One for each missing group that the bundle has figures for, largest first. */
export function gainsOf(
  present: readonly string[],
  measured: Pick<Measured, "groups" | "metrics" | "figure">,
): Gain[] {
  const { groups, metrics, figure } = measured;
  const before = figure && metrics[figure.key(present)];
  if (before === undefined) return [];
  return groups
    .filter((group) => !present.includes(group))
    .flatMap((missing) => {
      const together = groups.filter((group) => group === missing || present.includes(group));
      const after = metrics[figure!.key(together)];
      return after === undefined ? [] : [{ missing, before, after }];
    })
    .sort((a, b) => b.after - a.after);
}

/** "Add the poster" */
export function addIt(group: string): string {
  return `Add ${withThe(readable(group))}`;
}

export function describeGain({ missing, before, after }: Gain, { name }: Figure): string {
  const [from, to] = [before.toFixed(2), after.toFixed(2)];
  const change = after - before;
  const what =
    Math.abs(change) < WORTHWHILE
      ? `hardly changes (${from} to ${to})`
      : `${change > 0 ? "rises" : "falls"} from ${from} to ${to}`;
  return `${addIt(missing)}: ${name} ${what}.`;
}
