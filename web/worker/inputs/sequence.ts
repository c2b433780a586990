/** Sequences. */

import type { SequenceSpec } from "../../../predictor/inputs/sequence.ts";
import type { WorkerType } from "./workerType.ts";

/** Steps of an example, at most. */
const STEPS = 8;
/** Significant digits of its numbers. */
const DIGITS = 3;

export const sequence = {
  // Waves of the usual height around the usual value.
  example: ({ maxSteps, mean, std }) =>
    Array.from({ length: Math.min(STEPS, maxSteps) }, (_, step) =>
      mean.map((value, f) => Number((value + std[f]! * Math.sin(step + f)).toPrecision(DIGITS))),
    ),
} satisfies WorkerType<SequenceSpec>;
