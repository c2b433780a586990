/**
 * Ablations of the fusion: the same towers fused in other ways, fitted on the same held-out movies.
 *
 * Shapes: L labels, M inputs.
 */

import { selectRows } from "../common/matrix.ts";
import { NoMinimumError } from "../regression/newton.ts";
import { type LinearModel, predictAll, type SparseRows } from "../regression/sparseRows.ts";
import { meanScore } from "../targets/metric.ts";
import { joinTargets } from "../targets/rows.ts";
import type { FittedTarget } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { fusedAnswers } from "../train/fused.ts";
import { fitGates, type Gates } from "../train/gates.ts";
import { type HeldOutSet, joinHeldOut } from "../train/trainTowers.ts";
import type { MovieFacts } from "./facts.ts";
import { subsetName, subsets } from "./subsets.ts";

export interface Ablation {
  /** How the logits are fused. */
  readonly name: string;
  readonly figures: readonly {
    /** The inputs shown, and the group of movies if not all. */
    readonly on: string;
    /** Score in the target's metric; null if no movie of the group has a value, no shown input is used, or no fit. */
    readonly score: number | null;
  }[];
}

/** Most labels for which dense fusions are compared: their number of weights grows with its square. */
const MAX_DENSE_LABELS = 64;
/** C of the dense layer's regression: weak regularisation. */
const DENSE_C = 1;

/**
 * @param learn Towers' logits of movies that they were not trained on, and of the same movies with fewer ratings.
 * @param score Towers' logits of the movies to be scored.
 * @param facts Facts of the latter.
 * @param leftOut Inputs that no tower was trained on.
 * @throws Error where `score` and `facts` are of different numbers of movies.
 */
export function compareFusions(
  learn: { readonly whole: HeldOutSet; readonly fewer: HeldOutSet },
  score: HeldOutSet,
  facts: readonly MovieFacts[],
  target: FittedTarget,
  leftOut: readonly string[] = [],
): Ablation[] {
  const { whole, fewer } = learn;
  const movies = score.presence.length / score.groups.length;
  if (facts.length !== movies) {
    throw new Error(`internal: ablations expect facts of ${movies} movies, got ${facts.length}`);
  }
  const { groups } = score;
  const allSubsets = subsets(groups);
  const ones: Gates = {
    kernel: new Float32Array(groups.length ** 2),
    bias: new Float32Array(groups.length).fill(1),
  };
  const gated = (gates: Gates) => (shown: readonly string[]) =>
    fusedAnswers(score, target, gates, shown);
  const fusions: [string, Predict | undefined][] = [
    [
      whole.amounts.of.length === 0
        ? "gates by presence, modality dropout"
        : "gates by presence and number of ratings, modality dropout",
      gated(fitGates({ ...joinHeldOut([whole, fewer]), target })),
    ],
    ...(whole.amounts.of.length === 0
      ? []
      : [
          [
            "gates by presence, modality dropout",
            gated(fitGates({ ...withoutAmounts(whole), target })),
          ] as [string, Predict],
        ]),
    [
      "gates by presence, no modality dropout",
      gated(fitGates({ ...withoutAmounts(whole), target }, { modalityDropout: false })),
    ],
    ["sum of the logits, no gates", gated(ones)],
  ];
  if (target.prior.length <= MAX_DENSE_LABELS) {
    fusions.push(
      [
        "concatenation and a dense layer, modality dropout",
        denseFusion(whole, score, target, allSubsets),
      ],
      [
        "concatenation and a dense layer, no modality dropout",
        denseFusion(whole, score, target, [allSubsets[0]!]),
      ],
    );
  }
  return fusions.map(([name, predict]) => ({
    name,
    figures: figuresOf(predict, { score, facts, target, leftOut }),
  }));
}

function withoutAmounts({ amounts: _, ...rest }: HeldOutSet): Omit<HeldOutSet, "amounts"> {
  return rest;
}

/** Answers for the scored movies from these inputs [movies, L]. */
type Predict = (shown: readonly string[]) => Float32Array;

interface Scored {
  readonly score: HeldOutSet;
  readonly facts: readonly MovieFacts[];
  readonly target: FittedTarget;
  readonly leftOut: readonly string[];
}

function figuresOf(
  predict: Predict | undefined,
  { score: { groups, truth, amounts }, facts, target, leftOut }: Scored,
): Ablation["figures"] {
  const labels = target.prior.length;
  const { metric } = rulesOf(target);
  const measure = (on: string, shown: readonly string[], has: (movie: MovieFacts) => boolean) => {
    if (!predict || shown.every((input) => leftOut.includes(input))) return { on, score: null };
    const scores = predict(shown);
    const rows = [...facts.keys()].filter((i) => has(facts[i]!));
    const value = meanScore(
      metric,
      selectRows(scores, rows, labels),
      selectRows(truth, rows, labels),
      labels,
    );
    return { on, score: Number.isNaN(value) ? null : value };
  };
  const [first] = groups;
  return [
    measure("all inputs", groups, () => true),
    ...(amounts.of.length === 0
      ? []
      : [measure("all inputs, < 5 ratings", groups, ({ ratings }) => ratings < 5)]),
    ...subsets(groups)
      .filter(({ length }) => length === 2)
      .map((shown) => measure(subsetName(shown, groups), shown, () => true)),
    measure(first!, [first!], () => true),
  ];
}

/**
 * Fusion by concatenation: all towers' logits and the presence of inputs, through one dense layer.
 *
 * @returns undefined if it cannot be fitted.
 */
function denseFusion(
  learn: HeldOutSet,
  score: HeldOutSet,
  target: FittedTarget,
  shown: readonly (readonly string[])[],
): Predict | undefined {
  const labels = target.prior.length;
  const rows = joinRows(shown.map((inputs) => concatenated(learn, inputs, labels)));
  const { regress, answers } = rulesOf(target);
  const targets = joinTargets(shown.map(() => learn.targets));
  let models: LinearModel[];
  try {
    models = [...regress(rows, targets, labels, DENSE_C)];
  } catch (error) {
    // A comparison must not end a run after its training.
    if (error instanceof NoMinimumError) return undefined;
    throw error;
  }
  return (inputs) => {
    const logits = predictAll(concatenated(score, inputs, labels), models);
    return answers(logits, target);
  };
}

/** Rows [movies, M L + M]: logits of the inputs shown, and 1 for each that is present. */
function concatenated(
  { groups, logits, presence, targets }: HeldOutSet,
  shown: readonly string[],
  labels: number,
): SparseRows {
  const movies = targets.length / labels;
  const offsets = new Uint32Array(movies + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let movie = 0; movie < movies; movie++) {
    for (const [m, input] of groups.entries()) {
      if (!shown.includes(input) || presence[movie * groups.length + m] === 0) continue;
      for (let label = 0; label < labels; label++) {
        indices.push(m * labels + label);
        values.push(logits[m]![movie * labels + label]!);
      }
      indices.push(groups.length * labels + m);
      values.push(1);
    }
    offsets[movie + 1] = indices.length;
  }
  return {
    columns: groups.length * (labels + 1),
    offsets,
    indices: Uint32Array.from(indices),
    values: Float64Array.from(values),
  };
}

function joinRows(parts: readonly SparseRows[]): SparseRows {
  const rows = parts.reduce((sum, { offsets }) => sum + offsets.length - 1, 0);
  const offsets = new Uint32Array(rows + 1);
  let row = 0;
  for (const part of parts) {
    const base = offsets[row]!;
    for (let i = 1; i < part.offsets.length; i++) offsets[++row] = base + part.offsets[i]!;
  }
  return {
    columns: parts[0]!.columns,
    offsets,
    indices: Uint32Array.from(parts.flatMap(({ indices }) => [...indices])),
    values: Float64Array.from(parts.flatMap(({ values }) => [...values])),
  };
}
