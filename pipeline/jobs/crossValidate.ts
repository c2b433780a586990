/** k-fold cross-validation of the train split; fits gates and thresholds to all folds together. */

import { type LearningCurve, learningCurve } from "../folds/learningCurve.ts";
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
  readonly learning?: LearningCurve;
  readonly results: readonly FoldResult[];
}

export interface CrossValidationOptions {
  readonly prepared?: readonly PreparedFile[];
  readonly shares?: readonly number[];
}

/**
 * Trains the folds of a trial. Each is scored with gates and thresholds fitted to the other folds. The result depends on the
 * trial, not on who runs its folds.
 *
 * @param shares Smaller shares of their items that the folds are trained on, too, for a learning curve; without any, there is
 *   none.
 * @throws Error naming the fold that failed; others may be running then, until the runner is closed.
 */
export async function crossValidate(
  trial: TrialJob,
  runner: JobRunner,
  onEvent: OnEvent,
  { prepared = [], shares = [] }: CrossValidationOptions = {},
): Promise<CrossValidationResult> {
  const all = shares.length === 0 ? [undefined] : [...ascending(shares), 1];
  const byShare = await Promise.all(
    all.map(async (share) => ({
      share: share ?? 1,
      folds: await Promise.all(
        foldsOf(trial, share).map((fold) => runner.run(fold, onEvent, prepared)),
      ),
    })),
  );
  const { folds: results } = byShare.at(-1)!;
  return {
    summary: summarizeFolds(await scoreFolds(results, seedOf(trial))),
    ...(await learnFrom(results)),
    ...foldedMovies(results),
    ...(shares.length === 0 ? {} : { learning: learningCurve(byShare) }),
    results,
  };
}

/** The shares below 1, each once. */
export function ascending(shares: readonly number[]): number[] {
  return [...new Set(shares)].filter((share) => share < 1).sort((a, b) => a - b);
}
