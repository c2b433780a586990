/** The learning curve: how good a model is on the items it was trained on, and on others, by how many it was trained on. */

import { meanOfKnown } from "../../predictor/metrics.ts";
import { populationOf } from "../evaluate/evaluate.ts";
import type { MovieFacts } from "../evaluate/facts.ts";
import { subsetName } from "../evaluate/subsets.ts";
import { rulesOf } from "../targets/types.ts";
import { fusedAnswers } from "../train/fused.ts";
import type { Gates } from "../train/gates.ts";
import type { HeldOutSet } from "../train/trainTowers.ts";
import { gatesFrom } from "./score.ts";
import { type Spread, spreadOf } from "./summary.ts";
import type { FoldResult } from "./trainFold.ts";

/** Plain JSON. */
export interface LearningCurve {
  /** Name of the target's metric, and its range. */
  readonly metric: string;
  readonly better: "larger" | "smaller";
  readonly folds: number;
  /** Fewest training items first; the last has all of them. */
  readonly points: readonly LearningPoint[];
}

export interface LearningPoint {
  /** Share of the items that a fold is trained on, above 0 to 1. */
  readonly share: number;
  /** How many these are, in the mean of the folds. */
  readonly items: number;
  /** Each group of inputs alone, then all of them. */
  readonly rows: readonly LearningRow[];
}

/** Scores from some inputs over the folds; null where no item has a value. */
export interface LearningRow {
  readonly input: string;
  /** The group of items that the scores are over. */
  readonly group: string;
  readonly training: Spread | null;
  readonly heldOut: Spread | null;
}

/**
 * @param byShare The folds of each share, with their training items; the shares ascend to 1.
 * @throws Error where a fold has no scores of its training items.
 */
export function learningCurve(
  byShare: readonly { readonly share: number; readonly folds: readonly FoldResult[] }[],
): LearningCurve {
  const [first] = byShare[0]!.folds as [FoldResult];
  const { name: metric, better } = rulesOf(first.target).metric;
  return {
    metric,
    better,
    folds: byShare[0]!.folds.length,
    points: byShare.map(({ share, folds }) => ({
      share,
      items: Math.round(spreadOf(folds.map((fold) => learnedOf(fold).facts.length)).mean),
      rows: rowsOf(folds),
    })),
  };
}

/** Training and held-out items are scored alike: with gates that were fitted to the other folds' held-out items. */
function rowsOf(folds: readonly FoldResult[]): LearningRow[] {
  const [{ whole, grouping }] = folds as [FoldResult];
  const { groups } = whole;
  const alone = groups.length > 1 ? groups.map((group) => [group]) : [];
  const gates = folds.map((fold) => gatesFrom(folds.filter((other) => other !== fold)));
  const spread = (score: (fold: FoldResult, gates: Gates) => number): Spread | null => {
    const values = folds.map((fold, i) => score(fold, gates[i]!)).filter(Number.isFinite);
    return values.length === 0 ? null : spreadOf(values);
  };
  return [...alone, groups].map((inputs) => {
    const scored = (
      fold: FoldResult,
      movies: HeldOutSet,
      facts: readonly MovieFacts[],
      g: Gates,
    ) =>
      isLeftOut(fold, inputs) ? Number.NaN : scoreOf(fold, { movies, facts, gates: g, inputs });
    return {
      input: subsetName(inputs, groups),
      group: populationOf(inputs, grouping).name,
      training: spread((fold, g) => {
        const { movies, facts } = learnedOf(fold);
        return scored(fold, movies, facts, g);
      }),
      heldOut: spread((fold, g) => scored(fold, fold.whole, fold.facts, g)),
    };
  });
}

interface Scored {
  readonly movies: HeldOutSet;
  readonly facts: readonly MovieFacts[];
  readonly gates: Gates;
  readonly inputs: readonly string[];
}

/** The target's metric of these inputs; NaN where no item has a value. */
function scoreOf(
  { target, grouping }: FoldResult,
  { movies, facts, gates, inputs }: Scored,
): number {
  const rules = rulesOf(target);
  const answers = fusedAnswers(movies, target, gates, inputs);
  const values = rules.metric.perItem(answers, movies.truth, target.outputs.length);
  const { has } = populationOf(inputs, grouping);
  return meanOfKnown(facts.flatMap((fact, i) => (has(fact) ? [values[i]!] : [])));
}

function isLeftOut({ towers }: FoldResult, inputs: readonly string[]): boolean {
  const left = towers.filter(({ leftOut }) => leftOut !== undefined).map(({ tower }) => tower);
  return inputs.every((input) => left.includes(input));
}

function learnedOf({ training, fold }: FoldResult) {
  if (!training) throw new Error(`internal: fold ${fold + 1} has no scores of its training items`);
  return training;
}
