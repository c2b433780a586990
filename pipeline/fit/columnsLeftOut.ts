/**
 * Columns of a table that say nothing: no training item has one, or all have the same. Their weights would stay as they were
 * drawn, and move the answers of items that differ from the training items.
 */

import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { groupsOf } from "../../predictor/item.ts";
import type { Nouns } from "../../predictor/nouns.ts";
import type { LabelledMovie } from "../dataset/dataset.ts";
import { isColumn } from "../inputs/options.ts";

/** An input from which nothing is learned. */
export interface LeftOutInput {
  readonly input: string;
  /** Part of a sentence: "all 48 posters are equal". */
  readonly reason: string;
}

/** Two sentences for users: what is left out and why, and what follows. */
export function describeLeftOut({ input, reason }: LeftOutInput): string {
  return `The ${input} input is left out: ${reason}, so nothing can be learned from it. The model answers as if it were missing.`;
}

/**
 * Columns beside others; a group of which nothing is left is another matter, see `inputsToLeaveOut`.
 *
 * @param seen The items that preprocessing is fitted to.
 */
export function columnsToLeaveOut(
  specs: InputSpecs,
  seen: readonly LabelledMovie[],
  { items }: Nouns,
): LeftOutInput[] {
  return [...groupsOf(specs)].flatMap(([, members]) => {
    const leftOut = members.flatMap((input) => {
      const reason = hasValues(specs[input]!) ? whyLeftOut(input, seen, items) : undefined;
      return reason === undefined ? [] : [{ input, reason }];
    });
    return leftOut.length < members.length ? leftOut : [];
  });
}

/** What is found in a text has no values of its own. */
function hasValues(spec: InputSpecs[string]): boolean {
  return isColumn(spec) && !("from" in spec && spec.from !== undefined);
}

/** That some items lack a value may tell them from others. */
function whyLeftOut(
  input: string,
  seen: readonly LabelledMovie[],
  items: string,
): string | undefined {
  const values = new Set(seen.map(({ values }) => JSON.stringify(values[input] ?? [])));
  const [first, ...others] = values;
  if (first === undefined || others.length > 0) return undefined;
  return first === "[]"
    ? `none of the ${seen.length} training ${items} has a value`
    : `it is the same for all ${seen.length} training ${items}`;
}
