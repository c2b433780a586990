/** Options that a sweep has compared on folds, for the Experiments section of a report. */

import { readFileSync } from "node:fs";
import * as z from "zod";
import { InputError } from "../../predictor/errors.ts";

const row = z.strictObject({
  /** "title.encoder=gru title.attention=bahdanau" */
  options: z.string(),
  /** Null if the trial failed. */
  mean: z.number().nullable(),
  std: z.number().nullable(),
});

export const comparisonSchema = z.strictObject({
  /** "Pooling, dropout and augmentation" */
  title: z.string().optional(),
  /** What the rows show, in a sentence or two. */
  finding: z.string().optional(),
  /** Options that all rows share. */
  base: z.record(z.string(), z.unknown()),
  folds: z.int().positive(),
  /** "mAP@5 of title, all movies" */
  objective: z.string(),
  /** Best first. */
  rows: z.array(row).min(1),
});

export type SweepComparison = z.infer<typeof comparisonSchema>;

/**
 * @param paths `results.json` files of sweeps.
 * @throws InputError naming the file that cannot be read or is not a results.json.
 */
export function readComparisons(paths: readonly string[]): SweepComparison[] {
  return paths.map((path) => {
    try {
      const result = comparisonSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
      if (result.success) return result.data;
      throw new Error(z.prettifyError(result.error));
    } catch (error) {
      throw new InputError(
        "comparisons",
        `${path} is not the results.json of a sweep: ${(error as Error).message}`,
      );
    }
  });
}
