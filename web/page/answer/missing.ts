/** What each missing group of inputs would add, from the figures that the bundle's own evaluation measured. */

import { withThe } from "../../strings/en/grammar.ts";
import type { Figure } from "../targets/targetView.ts";
import { readable } from "../wording.ts";

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
  readonly figure: Figure;
  /** Completes what the figure means: " with all their ratings". */
  readonly how: string;
}

/** @returns One for each missing group that the bundle has figures for, the best first. */
export function gainsOf(
  present: readonly string[],
  measured: Pick<Measured, "groups" | "metrics" | "figure">,
): Gain[] {
  const { groups, metrics, figure } = measured;
  const before = metrics[figure.key(present)];
  if (before === undefined) return [];
  return groups
    .filter((group) => !present.includes(group))
    .flatMap((missing) => {
      const together = groups.filter((group) => group === missing || present.includes(group));
      const after = metrics[figure.key(together)];
      return after === undefined ? [] : [{ missing, before, after }];
    })
    .sort((a, b) => (figure.better === "larger" ? b.after - a.after : a.after - b.after));
}

/** "Add the poster" */
export function addIt(group: string): string {
  return `Add ${withThe(readable(group))}`;
}

export function describeGain({ missing, before, after }: Gain, figure: Figure): string {
  const { name, worthwhile, write } = figure;
  const [from, to] = [write(before), write(after)];
  const change = after - before;
  const what =
    Math.abs(change) < worthwhile
      ? `hardly changes (${from} to ${to})`
      : `${change > 0 ? "rises" : "falls"} from ${from} to ${to}`;
  return `${addIt(missing)}: ${name} ${what}.`;
}
