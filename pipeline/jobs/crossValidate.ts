/** k-fold cross-validation of the train split; fits gates and thresholds to all folds together. */

import {
  type FoldedMovies,
  foldedMovies,
  type Learned,
  learnFrom,
  scoreFolds,
} from "../folds/score.ts";
import { type CrossValidation, summarizeFolds } from "../folds/summary.ts";
import type { FoldResult } from "../folds/trainFold.ts";
import { foldsOf, seedOf, type TrialJob } from "./job.ts";
import type { PreparedFile } from "./prepared.ts";
import type { JobRunner, OnEvent } from "./runner.ts";

export interface CrossValidationResult extends Learned, FoldedMovies {
  readonly summary: CrossValidation;
  readonly results: readonly FoldResult[];
}

/**
 * Trains the folds of a trial. Each is scored with gates and thresholds fitted to the other folds. The result depends on the
 * trial, not on who runs its folds.
 *
 * @throws Error naming the fold that failed; others may be running then, until the runner is closed.
 */
export async function crossValidate(
  trial: TrialJob,
  runner: JobRunner,
  onEvent: OnEvent,
  prepared: readonly PreparedFile[] = [],
): Promise<CrossValidationResult> {
  const results = await Promise.all(
    foldsOf(trial).map((fold) => runner.run(fold, onEvent, prepared)),
  );
  return {
    summary: summarizeFolds(await scoreFolds(results, seedOf(trial))),
    ...(await learnFrom(results)),
    ...foldedMovies(results),
    results,
  };
}
