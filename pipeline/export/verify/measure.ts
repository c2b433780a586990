/** The distance between two outputs, and the tolerances. */

import { OutputError } from "../errors.ts";
import type { Precision } from "../precision/precisions.ts";
import { scientific } from "../report.ts";

/** Largest relative error that passes by default. */
export const TOLERANCE: Readonly<Record<Precision, number>> = {
  fp32: 1e-4,
  fp16: 2e-2,
  "fp16-weights": 1e-2,
  q8: 1e-1,
};

export interface Difference {
  /** max |actual - expected| */
  absolute: number;
  /** The same, divided by the largest |expected| of the output (at least 1e-3). */
  relative: number;
}

export interface OutputComparison extends Difference {
  output: string;
  batch: number;
  shape: readonly number[];
  /** For a reduced precision: the distance to the fp32 graph on the same inputs. */
  againstFull?: Difference;
  /**
   * Measured where the error is above the tolerance: the relative difference that one unit in the last place of the
   * original's weights and inputs makes to its own output.
   */
  sensitivity?: number;
}

export interface OutputValues {
  shape: readonly number[];
  data: ArrayLike<number>;
}

/** NaN where only one side has a NaN and where the shapes differ, so that it is above every tolerance. */
export function difference(actual: OutputValues, expected: OutputValues): Difference {
  if (String(actual.shape) !== String(expected.shape))
    return { absolute: Number.NaN, relative: Number.NaN };
  let [absolute, largest] = [0, 1e-3];
  for (let i = 0; i < expected.data.length; i++) {
    const [a, e] = [Number(actual.data[i]), Number(expected.data[i])];
    if (Object.is(a, e)) continue;
    const d = Math.abs(a - e);
    absolute = d > absolute || Number.isNaN(d) ? d : absolute;
    largest = Math.max(largest, Math.abs(e));
    if (Number.isNaN(d)) break;
  }
  return { absolute, relative: absolute / largest };
}

/** An error of this many times the sensitivity is rounding: both sides round, at every operator. */
const ROUNDINGS = 4;
/** Above this sensitivity the output is noise on random inputs, and no comparison of it says anything. */
const NOISE = 0.1;

/** What is said of an output; `passes` is false where the conversion is not accurate enough. */
export interface Verdict {
  passes: boolean;
  text: string;
}

export function verdictOf(
  { relative, sensitivity = 0 }: OutputComparison,
  tolerance: number,
): Verdict {
  if (relative <= tolerance) return { passes: true, text: "ok" };
  if (sensitivity === Infinity)
    return { passes: true, text: "not comparable: the model's own rounding changes its shape" };
  const own = `the model's own rounding moves it by ${scientific(sensitivity)}`;
  if (relative <= ROUNDINGS * sensitivity) {
    return sensitivity > NOISE
      ? { passes: true, text: `not comparable: ${own}` }
      : { passes: true, text: `ok: ${own}` };
  }
  return { passes: false, text: `above ${tolerance}` };
}

/** @throws OutputError that names every output above the tolerance (or NaN), and says what was done about it. */
export function requireWithin(
  tolerance: number,
  rows: readonly OutputComparison[],
  consequence: string,
): void {
  const bad = rows.filter((row) => !verdictOf(row, tolerance).passes);
  if (bad.length === 0) return;
  throw new OutputError(
    bad.map((row) => ({
      path: row.output,
      message: `at batch size ${row.batch} the relative error is ${scientific(row.relative)}, above the tolerance ${tolerance}; ${consequence}`,
    })),
  );
}
