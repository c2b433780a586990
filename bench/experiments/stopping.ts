/** Early stopping on the curve of a fold: where each patience stops, and what it keeps. */

import { foldsOf } from "../../pipeline/jobs/job.ts";
import type { EpochRecord } from "../../pipeline/train/records.ts";
import { withTrial } from "./trial.ts";

/** Patience in epochs; null: trained to the end, with the last epoch's weights. */
const PATIENCES = [1, 2, 3, 5, 10, null];

export interface StoppedAt {
  readonly patience: number | null;
  /** The epochs that were trained. */
  readonly epochs: number;
  /** The one whose weights are kept, and its score on the held-out items. */
  readonly kept: number;
  readonly score: number;
}

/** A training that stops early has had the same epochs before, so that all can be read off one curve. */
export function stopAt(scores: readonly number[], patience: number | null): StoppedAt {
  if (patience === null) {
    return { patience, epochs: scores.length, kept: scores.length, score: scores.at(-1)! };
  }
  let best = 0;
  let epoch = 0;
  while (epoch < scores.length && epoch - best < patience) {
    epoch++;
    if (best === 0 || scores[epoch - 1]! > scores[best - 1]!) best = epoch;
  }
  return { patience, epochs: epoch, kept: best, score: scores[best - 1]! };
}

/** @param file A config file of the pipeline, with folds. Its first fold is trained, which measures every epoch. */
export function measureStopping(file: string) {
  return withTrial(file, async ({ trial, runner, prepared, config }) => {
    const [first] = foldsOf(trial);
    const { towers } = await runner.run(first!, () => {}, prepared);
    const { history } = towers[0]!;
    const scores = history.map(({ validation }) => validation);
    return {
      config,
      metric: history[0]!.metric,
      history: history.map(pointOf),
      patiences: PATIENCES.map((patience) => stopAt(scores, patience)),
    };
  });
}

function pointOf({ epoch, loss, validationLoss, validation }: EpochRecord) {
  return { epoch, loss, heldOutLoss: validationLoss, heldOut: validation };
}
