/** Towers that are convex problems: fitted at once, instead of in epochs. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { EncodedMovie } from "../fit/prepare.ts";
import { groupNamed, type TowerInput } from "../model/modelInputs.ts";
import type { GroupOf } from "../model/towerType.ts";
import { getWeights, setWeights, type Weights } from "../model/weights.ts";
import { derivativesOf } from "../targets/derivatives.ts";
import type { FittedTarget, Targets } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { hasInput } from "./batches.ts";
import { measuredMovies, measureTower } from "./measure.ts";
import type { TowerResult } from "./records.ts";
import type { TrainOptions } from "./train.ts";

export interface FittedTower {
  /** Weights of the tower's layers, by name. */
  readonly weights: Weights;
  /** Mean over the training movies and outputs. */
  readonly loss: number;
}

/** What has to be known of a tower that is fitted at once: its weights, from training movies that all have the input. */
export type FitTower<Main extends TowerInput> = (
  group: GroupOf<Main>,
  movies: readonly EncodedMovie[],
  options: TrainOptions,
) => Promise<FittedTower>;

/**
 * Fits a tower in place.
 *
 * @returns A single record instead of epochs: there is one minimum, and nothing to stop early. Without movies to fit to,
 *   the weights that the model has.
 */
export async function fitAtOnce<Main extends TowerInput>(
  model: LayersModel,
  fit: FitTower<Main>,
  options: TrainOptions,
): Promise<TowerResult> {
  const { input, source, target } = options;
  const group = groupNamed(source.inputs, input) as GroupOf<Main>;
  const started = performance.now();
  const movies = options.training.filter((movie) => hasInput(movie, source, input));
  if (movies.length === 0) return { weights: await getWeights(model), history: [], bestEpoch: 0 };
  const { weights, loss } = await fit(group, movies, options);
  const fitSeconds = (performance.now() - started) / 1000;
  setWeights(model, weights, "partial");
  const measures = await measureTower(model, measuredMovies(options), options, (targets, logits) =>
    meanLoss(logits, targets, target),
  );
  const record = {
    tower: input,
    epoch: 1,
    loss,
    metric: rulesOf(target).metric.name,
    validation: measures.score,
    validationLoss: measures.loss,
    learningRate: 0,
    seconds: (performance.now() - started) / 1000,
    samplesPerSecond: movies.length / fitSeconds,
  };
  await options.onEpoch?.(record, model);
  return { weights: await getWeights(model), history: [record], bestEpoch: 1 };
}

/** The target's loss, mean over movies and outputs. @param logits [movies, L] */
export function meanLoss(logits: Float32Array, targets: Targets, target: FittedTarget): number {
  const width = target.prior.length;
  const { differentiate } = rulesOf(target);
  const into = derivativesOf(width);
  let loss = 0;
  for (let at = 0; at < logits.length; at += width) {
    const row = Float64Array.from(logits.subarray(at, at + width), finite);
    differentiate(row, targets, at, into);
    loss += into.losses.reduce((sum, term) => sum + term, 0);
  }
  return loss / logits.length;
}

/** Infinite intercepts have no loss, and infinity times 0 none that can be computed. */
const finite = (logit: number) => Math.max(-MAX_LOGIT, Math.min(MAX_LOGIT, logit));
const MAX_LOGIT = 1e6;
