/** Numbers. */

import type { NumberSpec } from "../../../predictor/inputs/number.ts";
import type { WorkerType } from "./workerType.ts";

/** Significant digits of an example. */
const DIGITS = 3;

export const number = {
  example({ whole, from, ...spec }) {
    if (from) return undefined;
    const middle = Number(middleOf(spec).toPrecision(DIGITS));
    const { min = middle, max = middle } = spec;
    // The nearest whole number to the middle is in the range, if any is.
    const near = Math.min(max, Math.max(min, middle));
    return whole ? Math.round(near) : near;
  },
} satisfies WorkerType<NumberSpec>;

/** What training saw in the middle, or the middle of the range. */
function middleOf({ min, max, center }: Pick<NumberSpec, "min" | "max" | "center">): number {
  if (center !== undefined) return center;
  if (min === undefined || max === undefined) return min ?? max ?? 0;
  return min / 2 + max / 2;
}
