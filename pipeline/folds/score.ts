/** Scores the folds of a cross-validation, and fits gates and thresholds to all of them together. */

import { type EvaluationReport, evaluate } from "../evaluate/evaluate.ts";
import { subsetName, subsets } from "../evaluate/subsets.ts";
import { tune } from "../evaluate/tune.ts";
import type { FittedTarget, Thresholds } from "../targets/targetRules.ts";
import { fusedAnswers } from "../train/fused.ts";
import { fitGates, type Gates } from "../train/gates.ts";
import { type HeldOutSet, joinHeldOut } from "../train/trainTowers.ts";
import type { FoldResult } from "./trainFold.ts";

/** What is learned from folds, with logits of towers that were not trained on these movies. */
export interface Learned {
  readonly gates: Gates;
  /** Tuned on the same logits. */
  readonly thresholds: Thresholds | undefined;
}

/** The logits that gates are fitted to: all movies of the folds, and the same with only some of their ratings. */
export interface FoldedMovies {
  readonly whole: HeldOutSet;
  readonly fewer: HeldOutSet;
}

/** Fits gates, then tunes thresholds on their answers, with logits of towers not trained on these movies. */
export async function learnFrom(folds: readonly FoldResult[]): Promise<Learned> {
  const { whole } = foldedMovies(folds);
  const target = commonTarget(folds);
  const gates = gatesFrom(folds);
  const thresholds = await tune({
    target,
    groups: whole.groups,
    present: folds.flatMap(({ facts }) => facts.map(({ present }) => present)),
    truth: whole.truth,
    scoresOf: (shown) => fusedAnswers(whole, target, gates, shown),
  });
  return { gates, thresholds };
}

/** Fits gates, with logits of towers not trained on these movies. */
export function gatesFrom(folds: readonly FoldResult[]): Gates {
  const { whole, fewer } = foldedMovies(folds);
  return fitGates({ ...joinHeldOut([whole, fewer]), target: commonTarget(folds) });
}

/** The priors of the folds differ slightly; the graph needs a single one. */
function commonTarget(folds: readonly FoldResult[]): FittedTarget {
  const [{ target }] = folds as [FoldResult];
  const prior = target.prior.map((_, i) =>
    folds.reduce((sum, fold) => sum + fold.target.prior[i]! / folds.length, 0),
  );
  return { ...target, prior };
}

export function foldedMovies(folds: readonly FoldResult[]): FoldedMovies {
  return {
    whole: joinHeldOut(folds.map(({ whole }) => whole)),
    fewer: joinHeldOut(folds.map(({ fewer }) => fewer)),
  };
}

/** Figures of each fold, with gates and thresholds of the others. */
export function scoreFolds(
  results: readonly FoldResult[],
  seed: number,
): Promise<EvaluationReport[]> {
  return Promise.all(
    results.map((result) =>
      scoreFold(
        result,
        results.filter((other) => other !== result),
        seed,
      ),
    ),
  );
}

async function scoreFold(
  { whole, target, facts, grouping, towers }: FoldResult,
  others: readonly FoldResult[],
  seed: number,
): Promise<EvaluationReport> {
  const { gates, thresholds } = await learnFrom(others);
  return evaluate({
    target,
    truth: whole.truth,
    facts,
    grouping,
    subsets: subsets(whole.groups).map((inputs) => ({
      name: subsetName(inputs, whole.groups),
      inputs,
      scores: fusedAnswers(whole, target, gates, inputs),
    })),
    baselines: [],
    leftOut: towers.flatMap(({ tower, leftOut }) => (leftOut === undefined ? [] : tower)),
    thresholds,
    seed,
  });
}
