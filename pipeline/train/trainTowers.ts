/** The train stage: every tower by itself, then the gates that weigh them. */

import { MODALITIES, type Modality } from "../../predictor/predictor.ts";
import type { Config } from "../config/schema.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import type { Fitted } from "../fit/fit.ts";
import { buildTower, type ModelParts } from "../model/build.ts";
import { fusionWeights } from "../model/fusion.ts";
import { setWeights, type Weights } from "../model/weights.ts";
import type { Random } from "../random.ts";
import { type BatchSource, hasModality } from "./batches.ts";
import { fitGates } from "./gates.ts";
import { type EpochRecord, type StepProgress, towerEvidence, trainTower } from "./train.ts";

export interface TowerHistory {
  readonly tower: Modality;
  readonly history: readonly EpochRecord[];
  /** 0: there was nothing to train on, the tower says nothing. */
  readonly bestEpoch: number;
}

export interface Trained {
  /** Of all towers and of the fusion, by name. */
  readonly weights: Weights;
  readonly towers: readonly TowerHistory[];
}

export interface TrainTowersOptions {
  readonly config: Config;
  readonly fitted: Fitted;
  readonly parts: ModelParts;
  readonly posters: PosterStore;
  readonly random: Random;
  readonly onTower?: (tower: Modality) => void;
  readonly onStep?: (tower: Modality, progress: StepProgress) => void;
  readonly onEpoch?: (record: EpochRecord) => void;
}

/** @throws Error if a loss stops being a number. */
export async function trainTowers(options: TrainTowersOptions): Promise<Trained> {
  const { config, fitted, parts, posters, random } = options;
  const source: BatchSource = { spec: fitted.spec, posters, raters: fitted.raters, config };
  const labels = fitted.prior.length;
  const weights = new Map<string, Float32Array>();
  const evidence: Float32Array[] = [];
  const towers: TowerHistory[] = [];
  for (const modality of MODALITIES) {
    options.onTower?.(modality);
    const stream = random.fork(modality);
    const model = buildTower(modality, parts, stream.fork("weights"));
    const result = await trainTower(model, {
      modality,
      config,
      source,
      training: fitted.training,
      validation: fitted.validation,
      prior: fitted.prior,
      random: stream,
      ...(options.onStep ? { onStep: (progress) => options.onStep?.(modality, progress) } : {}),
      ...(options.onEpoch ? { onEpoch: options.onEpoch } : {}),
    });
    if (result.bestEpoch === 0) silence(result.weights, modality);
    setWeights(model, result.weights);
    evidence.push(towerEvidence(model, modality, fitted.validation, source, labels));
    for (const [name, values] of result.weights) weights.set(name, values);
    towers.push({ tower: modality, history: result.history, bestEpoch: result.bestEpoch });
    model.dispose();
  }

  const { validation } = fitted;
  const presence = Uint8Array.from(
    validation.flatMap((movie) => MODALITIES.map((m) => (hasModality(movie, m) ? 1 : 0))),
  );
  const targets = Uint8Array.from(validation.flatMap((movie) => [...movie.target]));
  const gates = fitGates({ evidence, presence, targets, prior: fitted.prior });
  for (const [name, values] of fusionWeights(fitted.prior, gates)) weights.set(name, values);
  return { weights, towers };
}

/** A tower that saw no movie must not answer from random weights. */
function silence(weights: Map<string, Float32Array>, modality: Modality): void {
  for (const part of ["kernel", "bias"]) weights.get(`${modality}_logits/${part}`)?.fill(0);
}
