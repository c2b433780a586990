/** Heads that are linear models of a tower's features: convex problems, fitted at once beside what epochs train. */

import { type EncodedMovie, targetsOf } from "../fit/prepare.ts";
import type { TowerInput } from "../model/modelInputs.ts";
import type { GroupOf } from "../model/towerType.ts";
import type { Weights } from "../model/weights.ts";
import { type LinearModel, predictAll, type SparseRows } from "../regression/sparseRows.ts";
import type { FittedTarget } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import type { BatchSource } from "./inputBatches.ts";

export interface HeadOptions {
  readonly source: BatchSource;
  /** Training movies with an input of the group, at least one. */
  readonly movies: readonly EncodedMovie[];
  readonly target: FittedTarget;
}

/**
 * What has to be known of a kind of tower with such a head: a row of this form in `pipeline/inputs/TYPE/head.ts`.
 *
 * @returns Weights that take the place of those that the epochs left; undefined: the group has no head.
 */
export type FitHead<Main extends TowerInput> = (
  group: GroupOf<Main>,
  options: HeadOptions,
) => Promise<Weights | undefined>;

/** A dense layer, as deviations from the prior logits. */
export interface LinearHead {
  /** [features, L] */
  readonly kernel: Float32Array;
  /** [L] */
  readonly bias: Float32Array;
  /** What it gives for the movies that it was fitted to, the prior added [movies, L]. */
  readonly logits: Float32Array;
}

export interface LinearHeadOptions {
  /** Inverse strength of the regularisation. */
  readonly c: number;
  /** Called with the number of labels done. */
  readonly onLabel?: (done: number, total: number) => void;
}

/**
 * Fits the target's regression to features.
 *
 * @param rows Features of each movie.
 * @throws NoMinimumError if features are not finite.
 */
export async function fitLinearHead(
  rows: SparseRows,
  movies: readonly EncodedMovie[],
  target: FittedTarget,
  { c, onLabel }: LinearHeadOptions,
): Promise<LinearHead> {
  const labels = target.prior.length;
  const kernel = new Float32Array(rows.columns * labels);
  const bias = new Float32Array(labels);
  const models: LinearModel[] = [];
  for (const model of rulesOf(target).regress(rows, targetsOf(movies), labels, c)) {
    const label = models.push(model) - 1;
    for (const [feature, weight] of model.weights.entries())
      kernel[feature * labels + label] = weight;
    bias[label] = biasOf(model, target.prior[label]!);
    onLabel?.(label + 1, labels);
    // Lets signal handlers and the progress bar's timer run.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { kernel, bias, logits: predictAll(rows, models) };
}

/**
 * A model's intercept, as a deviation from the prior. A label that all movies or no movies have gets no finite intercept;
 * its prior suffices.
 */
export function biasOf({ intercept }: LinearModel, prior: number): number {
  return Number.isFinite(intercept) ? intercept - prior : 0;
}
