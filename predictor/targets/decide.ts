/** The one rule by which labels are selected; without zod, whose schemas are a large download for the page. */

import { bestLabels } from "../metrics.ts";

/** From which probability a label is selected. */
export interface Thresholds {
  /** One per label; counts where no subset matches. */
  readonly perLabel: readonly number[];
  /** One threshold for all labels of items that have exactly these groups of inputs. */
  readonly subsets: readonly { readonly groups: readonly string[]; readonly threshold: number }[];
}

export interface DecisionOptions {
  /** Counts for all labels instead of the model's own thresholds, and selects exactly what reaches it. */
  readonly threshold?: number | undefined;
  /** Whether no label may be selected, where none reaches its threshold. */
  readonly allowEmpty?: boolean | undefined;
}

/**
 * Which labels are selected: those at or above their thresholds, and the most probable one, which has a higher threshold
 * of its own than others at times. On folds of the train split of MovieLens-1M, F1 is the same without it.
 *
 * @param probabilities [L]
 * @param groups The groups of inputs that the item has, in any order.
 * @returns [L], in the order of the labels.
 */
export function decide(
  probabilities: ArrayLike<number>,
  thresholds: Thresholds,
  groups: readonly string[],
  { threshold, allowEmpty = false }: DecisionOptions = {},
): boolean[] {
  const own = thresholdsFor(thresholds, groups);
  const selected = Array.from(
    probabilities,
    (probability, label) => probability >= (threshold ?? own[label]!),
  );
  if (threshold === undefined && (!allowEmpty || selected.includes(true))) {
    const [best] = bestLabels(probabilities, 1);
    selected[best!] = true;
  }
  return selected;
}

/** The thresholds [L] of an item that has exactly these groups: the subset's for every label, where there is one. */
export function thresholdsFor(
  { perLabel, subsets }: Thresholds,
  present: readonly string[],
): readonly number[] {
  const subset = subsets.find(({ groups }) => isSameSet(groups, present));
  return subset ? perLabel.map(() => subset.threshold) : perLabel;
}

/** @param a Without repeats, as `b`. */
export function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value) => b.includes(value));
}
