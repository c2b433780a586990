/** Options that a sweep has compared on folds, as rows for the Experiments of a report. */

import { readFileSync } from "node:fs";
import { z } from "zod";
import { InputError } from "../../predictor/errors.ts";

const row = z.strictObject({
  /** "title.encoder=gru title.attention=bahdanau" */
  options: z.string(),
  /** Null where the trial failed. */
  mean: z.number().nullable(),
  std: z.number().nullable(),
});

export const comparisonSchema = z.strictObject({
  /** What all rows have in common: options that differ from their defaults. */
  base: z.record(z.string(), z.unknown()),
  folds: z.int().positive(),
  /** "mAP@5 of title, all movies" */
  objective: z.string(),
  /** Best first. */
  rows: z.array(row).min(1),
});

export type SweepComparison = z.infer<typeof comparisonSchema>;

/**
 * @param paths `results.json` of sweeps.
 * @throws InputError naming the file that cannot be read or is something else.
 */
export function readComparisons(paths: readonly string[]): SweepComparison[] {
  return paths.map((path) => {
    try {
      const found = comparisonSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
      if (found.success) return found.data;
      throw new Error(z.prettifyError(found.error));
    } catch (error) {
      throw new InputError(
        "comparisons",
        `${path} is no results.json of a sweep: ${(error as Error).message}`,
      );
    }
  });
}
