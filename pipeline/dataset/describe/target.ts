/** How often each label or class occurs, or how a number is distributed. */

import { readTarget } from "../described/items.ts";
import type { Description } from "../description.ts";
import type { IssueList } from "../issues.ts";
import type { ItemBatch } from "./itemBatch.ts";

/** Labels that are counted. */
const MAX_LABELS = 100_000;

export interface TargetReport {
  readonly type: "labels" | "class" | "number";
  readonly column: string;
  /** Items without a target. */
  readonly missing: number;
  /** Items with one that cannot be used. */
  readonly unusable: number;
  /** Counts of labels and classes, most frequent first. */
  readonly counts: readonly (readonly [label: string, count: number])[];
  /** Those that no item outside the test split has, although items inside have them. */
  readonly onlyInTest: readonly string[];
  /** Mean number of labels of the items that have any. */
  readonly perItem: number;
  /** Of a target that is a number; undefined where no item has one. */
  readonly range: { readonly min: number; readonly max: number; readonly mean: number } | undefined;
}

/**
 * @param known All labels that there are; undefined: any.
 * @param issues Gets the rows whose target cannot be used, read as training does.
 */
export function createTargetCount(
  { target }: Description,
  known: ReadonlySet<string> | undefined,
  issues: IssueList,
) {
  const counts = new Map<string, number>();
  const trained = new Set<string>();
  let [missing, unusable, items, labels, sum] = [0, 0, 0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  return {
    add(batch: ItemBatch): void {
      for (const [row, cell] of batch.columns.get(target.column)!.entries()) {
        const found = readTarget(cell, target, batch.missing, known);
        if (found === undefined) missing++;
        if (typeof found === "string") {
          unusable++;
          issues.add(batch.file, batch.lines[row], () => found);
        }
        if (typeof found !== "object") continue;
        items++;
        if (found.value !== undefined) {
          sum += found.value;
          [min, max] = [Math.min(min, found.value), Math.max(max, found.value)];
        }
        labels += found.labels.length;
        for (const label of found.labels) {
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
      unusable,
      counts: [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
      onlyInTest: [...counts.keys()].filter((label) => !trained.has(label)).sort(),
      perItem: labels / Math.max(1, items),
      range: min <= max ? { min, max, mean: sum / items } : undefined,
    }),
  };
}
