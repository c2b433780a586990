/** Fits the moments of a sequence's features. */

import { InputError } from "../../../predictor/errors.ts";
import type { SequenceSpec } from "../../../predictor/inputs/sequence.ts";
import type { LabelledMovie, Steps } from "../../dataset/dataset.ts";
import type { InputFit } from "../../fit/inputFit.ts";
import { optionsOf } from "../options.ts";
import type { DeclaredSequence } from "./data.ts";
import type { SequenceOptions } from "./options.ts";

export interface SequenceInput {
  readonly type: "sequence";
  readonly spec: SequenceSpec;
  readonly options: SequenceOptions;
}

export const sequence: InputFit<DeclaredSequence, SequenceInput> = {
  fit(name, declared, { config, dataset, seen }) {
    const options = optionsOf(config, name, "sequence");
    const features = declared.features ?? featuresOf(dataset.movies, name);
    // No longer than the longest of all splits: places beyond it would cost time and never be used.
    const longest = dataset.movies.reduce(
      (most, movie) => Math.max(most, stepsOf(movie, name).length),
      1,
    );
    const maxSteps = Math.min(options.maxSteps, longest);
    const steps = seen.flatMap((movie) => stepsOf(movie, name).slice(0, maxSteps));
    const mean = meanOf(steps, features);
    const usual = deviationsFrom(mean, steps);
    // Of all splits: a number beyond float32 once it is standardised would be refused, and end the run.
    const reach = reachOf(
      dataset.movies.flatMap((movie) => stepsOf(movie, name).slice(0, maxSteps)),
      mean,
    );
    const std = usual.map((value, f) => Math.max(value, reach[f]! / LARGEST_STANDARDISED));
    const { separator } = declared;
    const read = separator === undefined ? {} : { separator };
    const spec = { type: "sequence" as const, features, ...read, maxSteps, mean, std };
    return { type: "sequence", spec, options };
  },
};

/** The number of features of the first item that has the sequence. */
function featuresOf(movies: readonly LabelledMovie[], name: string): number {
  const first = movies.find((movie) => stepsOf(movie, name).length > 0);
  if (!first) throw new InputError(`inputs.${name}`, "has no value in any row");
  return stepsOf(first, name)[0]!.length;
}

function stepsOf({ values }: Pick<LabelledMovie, "values">, name: string): Steps {
  return (values[name] as Steps | undefined) ?? [];
}

/** Near the end of float32. */
const LARGEST_STANDARDISED = 3e38;

/** Largest distance of every feature from its mean. */
function reachOf(steps: Steps, mean: readonly number[]): number[] {
  return mean.map((center, f) =>
    steps.reduce((most, step) => Math.max(most, Math.abs(step[f]! - center)), 0),
  );
}

/** Mean of every feature over all steps. */
function meanOf(steps: Steps, features: number): number[] {
  const n = Math.max(1, steps.length);
  const mean = new Float64Array(features);
  for (const step of steps) for (let f = 0; f < features; f++) mean[f]! += step[f]! / n;
  return [...mean];
}

/**
 * Standard deviation of every feature over all steps. A feature that never changes keeps its scale; by its values, because
 * its deviation may be a rounding error, while that of values in a small unit may be far smaller.
 */
function deviationsFrom(mean: readonly number[], steps: Steps): number[] {
  const reach = reachOf(steps, mean);
  return mean.map((center, f) => {
    if (steps.every((step) => step[f] === steps[0]![f])) return 1;
    // Squares of the deviations themselves could be too small for a number.
    const squares = steps.reduce((sum, step) => sum + ((step[f]! - center) / reach[f]!) ** 2, 0);
    return reach[f]! * Math.sqrt(squares / steps.length);
  });
}
