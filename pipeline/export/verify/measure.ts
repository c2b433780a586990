/** The distance between two outputs, and the tolerances. */

import { OutputError } from "../errors.ts";
import { scientific } from "../report.ts";

/** Largest relative error that passes by default. */
export const TOLERANCE = { fp32: 1e-4, fp16: 2e-2, q8: 1e-1 } as const;

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
  /** For fp16 and q8: the distance to the fp32 graph on the same inputs. */
  againstFull?: Difference;
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

/** @throws OutputError that names every output above the tolerance (or NaN), and says what was done about it. */
export function requireWithin(
  tolerance: number,
  rows: readonly OutputComparison[],
  consequence: string,
): void {
  const bad = rows.filter((row) => !(row.relative <= tolerance));
  if (bad.length === 0) return;
  throw new OutputError(
    bad.map((row) => ({
      path: row.output,
      message: `at batch size ${row.batch} the relative error is ${scientific(row.relative)}, above the tolerance ${tolerance}; ${consequence}`,
    })),
  );
}
