/**
 * What the fusion is worth: the same towers, fused in other ways that are learned on the same held-out movies.
 *
 * Shapes: L labels, M inputs.
 */

import { meanAveragePrecisionAtK } from "../../predictor/metrics.ts";
import { INPUT_NAMES, type InputName } from "../../predictor/predictor.ts";
import { fitLogistic, predictLogits, type SparseRows } from "../fit/logistic.ts";
import { fusedProbabilities } from "../train/fused.ts";
import { fitGates, type Gates } from "../train/gates.ts";
import { type HeldOutSet, joinHeldOut } from "../train/trainTowers.ts";
import type { MovieFacts } from "./evaluate.ts";
import { subsetName, subsets } from "./subsets.ts";

export interface Ablation {
  /** How the logits are fused. */
  readonly name: string;
  /** mAP@5; null where no movie of the group has a label. */
  readonly figures: readonly {
    /** Inputs given, and the movies, where not all. */
    readonly on: string;
    readonly map5: number | null;
  }[];
}

/** Inverse strength of the dense layer's regularisation. */
const DENSE_C = 1;

/**
 * @param learn Logits of towers for movies that they were not trained on, and for the same with fewer ratings.
 * @param score Logits for the movies that the figures are about.
 * @param facts Of the latter.
 * @param prior Logits of the labels' shares [L].
 */
export function compareFusions(
  learn: { readonly whole: HeldOutSet; readonly fewer: HeldOutSet },
  score: HeldOutSet,
  facts: readonly MovieFacts[],
  prior: Float32Array,
): Ablation[] {
  const { whole: seen, fewer } = learn;
  const every = subsets();
  const ones: Gates = {
    kernel: new Float32Array(INPUT_NAMES.length ** 2),
    bias: new Float32Array(INPUT_NAMES.length).fill(1),
  };
  const gated = (gates: Gates) => (shown: readonly InputName[]) =>
    fusedProbabilities(score, prior, gates, shown);
  const fusions: [string, (shown: readonly InputName[]) => Float32Array][] = [
    [
      "gates by presence and number of ratings, modality dropout",
      gated(fitGates({ ...joinHeldOut([seen, fewer]), prior })),
    ],
    ["gates by presence, modality dropout", gated(fitGates({ ...withoutAmounts(seen), prior }))],
    [
      "gates by presence, no modality dropout",
      gated(fitGates({ ...withoutAmounts(seen), prior }, { modalityDropout: false })),
    ],
    ["sum of the logits, no gates", gated(ones)],
    ["concatenation and a dense layer, modality dropout", denseFusion(seen, score, prior, every)],
    [
      "concatenation and a dense layer, no modality dropout",
      denseFusion(seen, score, prior, [every[0]!]),
    ],
  ];
  return fusions.map(([name, answer]) => ({
    name,
    figures: figuresOf(answer, score, facts, prior.length),
  }));
}

function withoutAmounts({ amounts: _, ...rest }: HeldOutSet): Omit<HeldOutSet, "amounts"> {
  return rest;
}

function figuresOf(
  answer: (shown: readonly InputName[]) => Float32Array,
  { targets }: HeldOutSet,
  facts: readonly MovieFacts[],
  labels: number,
): Ablation["figures"] {
  const measure = (
    on: string,
    shown: readonly InputName[],
    has: (movie: MovieFacts) => boolean,
  ) => {
    const scores = answer(shown);
    const rows = [...facts.keys()].filter((i) => has(facts[i]!));
    const pick = <T extends Float32Array | Uint8Array>(matrix: T) =>
      rows.flatMap((row) => [...matrix.subarray(row * labels, (row + 1) * labels)]);
    const map5 = meanAveragePrecisionAtK(
      Float32Array.from(pick(scores)),
      Uint8Array.from(pick(targets)),
      labels,
      5,
    );
    return { on, map5: Number.isNaN(map5) ? null : map5 };
  };
  return [
    measure("all inputs", INPUT_NAMES, () => true),
    measure("all inputs, < 5 ratings", INPUT_NAMES, ({ ratings }) => ratings < 5),
    ...subsets()
      .filter(({ length }) => length === 2)
      .map((shown) => measure(subsetName(shown), shown, () => true)),
    measure("title", ["title"], () => true),
  ];
}

/** Fusion by concatenation: all towers' logits and what is there, into one dense layer with a sigmoid. */
function denseFusion(
  learn: HeldOutSet,
  score: HeldOutSet,
  prior: Float32Array,
  shown: readonly (readonly InputName[])[],
): (inputs: readonly InputName[]) => Float32Array {
  const labels = prior.length;
  const movies = learn.targets.length / labels;
  const rows = joinRows(shown.map((inputs) => concatenated(learn, inputs, labels)));
  const models = Array.from({ length: labels }, (_, label) => {
    const targets = Uint8Array.from(
      { length: movies * shown.length },
      (_, i) => learn.targets[(i % movies) * labels + label]!,
    );
    return fitLogistic(rows, targets, DENSE_C);
  });
  return (inputs) => {
    const asked = concatenated(score, inputs, labels);
    const scores = new Float32Array(score.targets.length);
    for (const [label, model] of models.entries()) {
      for (const [movie, logit] of predictLogits(asked, model).entries()) {
        scores[movie * labels + label] = 1 / (1 + Math.exp(-logit));
      }
    }
    return scores;
  };
}

/** [movies, M L + M]: logits of the inputs shown, and 1 for each that is there. */
function concatenated(
  { logits, presence, targets }: HeldOutSet,
  shown: readonly InputName[],
  labels: number,
): SparseRows {
  const movies = targets.length / labels;
  const offsets = new Uint32Array(movies + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let movie = 0; movie < movies; movie++) {
    for (const [m, input] of INPUT_NAMES.entries()) {
      if (!shown.includes(input) || presence[movie * INPUT_NAMES.length + m] === 0) continue;
      for (let label = 0; label < labels; label++) {
        indices.push(m * labels + label);
        values.push(logits[m]![movie * labels + label]!);
      }
      indices.push(INPUT_NAMES.length * labels + m);
      values.push(1);
    }
    offsets[movie + 1] = indices.length;
  }
  return {
    columns: INPUT_NAMES.length * (labels + 1),
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
