/** How often each label or class occurs, or how a number is distributed. */

import type { Description } from "../description.ts";
import { toList, toNumber } from "../tables/values.ts";
import type { ItemBatch } from "./itemBatch.ts";

/** Labels that are counted. */
const MAX_LABELS = 100_000;

export interface TargetReport {
  readonly type: "labels" | "class" | "number";
  readonly column: string;
  /** Items without a target. */
  readonly missing: number;
  /** Counts of labels and classes, most frequent first. */
  readonly counts: readonly (readonly [label: string, count: number])[];
  /** Those that no item outside the test split has, although items inside have them. */
  readonly onlyInTest: readonly string[];
  /** Mean number of labels of the items that have any. */
  readonly perItem: number;
  /** Range of a target that is a number. */
  readonly range: { readonly min: number; readonly max: number; readonly mean: number };
}

export function createTargetCount({ target }: Description) {
  const counts = new Map<string, number>();
  const trained = new Set<string>();
  let [missing, items, labels, sum] = [0, 0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const separator = target.type === "labels" ? target.separator : undefined;

  return {
    add(batch: ItemBatch): void {
      for (const [row, cell] of batch.columns.get(target.column)!.entries()) {
        const found = toList(cell, separator, batch.missing);
        if (found.length === 0) missing++;
        else items++;
        if (target.type === "number") {
          const number = toNumber(cell, target.decimal);
          if (number === undefined) continue;
          sum += number;
          [min, max] = [Math.min(min, number), Math.max(max, number)];
          continue;
        }
        labels += found.length;
        for (const label of found) {
          if (counts.size < MAX_LABELS || counts.has(label)) {
            counts.set(label, (counts.get(label) ?? 0) + 1);
          }
          if (batch.sides[row] !== "test") trained.add(label);
        }
      }
    },
    result: (): TargetReport => ({
      type: target.type,
      column: target.column,
      missing,
      counts: [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
      onlyInTest: [...counts.keys()].filter((label) => !trained.has(label)).sort(),
      perItem: labels / Math.max(1, items),
      range: { min, max, mean: sum / Math.max(1, items) },
    }),
  };
}
