/** The train stage: every tower by itself, then the gates that weigh them. */

import { MODALITIES, type Modality } from "../../predictor/predictor.ts";
import type { Config } from "../config/schema.ts";
import type { Fitted } from "../fit/fit.ts";
import type { PreparedMovie } from "../fit/prepare.ts";
import { buildTower, type ModelParts } from "../model/build.ts";
import { setWeights, type Weights } from "../model/weights.ts";
import type { Random } from "../random.ts";
import { type BatchSource, hasModality } from "./batches.ts";
import { fitLinearTitle } from "./linearTitle.ts";
import { type EpochRecord, type StepProgress, towerEvidence, trainTower } from "./train.ts";

export interface TowerHistory {
  readonly tower: Modality;
  /** From 1, where the towers of several folds are published. */
  readonly fold?: number;
  readonly history: readonly EpochRecord[];
  /** 0: there was nothing to train on, the tower says nothing. */
  readonly bestEpoch: number;
}

/** What trained towers say of movies that none of them has seen. */
export interface HeldOut {
  /** Evidence of each modality [movies, L], zeros where it is absent. */
  readonly evidence: readonly Float32Array[];
  /** Which modalities each movie has [movies, M]. */
  readonly presence: Uint8Array;
  /** [movies, L] of 0 and 1 */
  readonly targets: Uint8Array;
}

export interface Trained {
  /** Of all towers, by name. */
  readonly weights: Weights;
  readonly towers: readonly TowerHistory[];
  readonly heldOut: HeldOut;
}

export interface TrainTowersOptions {
  readonly config: Config;
  readonly fitted: Pick<Fitted, "training" | "validation" | "prior">;
  readonly parts: ModelParts;
  readonly source: BatchSource;
  /** Movies of which the trained towers say what they make of them. */
  readonly heldOut: readonly PreparedMovie[];
  readonly random: Random;
  readonly onTower?: (tower: Modality) => void;
  readonly onStep?: (tower: Modality, progress: StepProgress) => void;
  readonly onEpoch?: (record: EpochRecord) => void;
}

/** @throws Error if a loss stops being a number. */
export async function trainTowers(options: TrainTowersOptions): Promise<Trained> {
  const { config, fitted, parts, source, heldOut, random } = options;
  const labels = fitted.prior.length;
  const weights = new Map<string, Float32Array>();
  const evidence: Float32Array[] = [];
  const towers: TowerHistory[] = [];
  for (const modality of MODALITIES) {
    options.onTower?.(modality);
    const stream = random.fork(modality);
    const model = buildTower(modality, parts, stream.fork("weights"));
    const fittedAtOnce = modality === "title" && config.title.encoder === "linear";
    const result = await (fittedAtOnce ? fitLinearTitle : trainTower)(model, {
      modality,
      parts,
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
    evidence.push(towerEvidence(model, modality, heldOut, source, labels));
    for (const [name, values] of result.weights) weights.set(name, values);
    towers.push({ tower: modality, history: result.history, bestEpoch: result.bestEpoch });
    model.dispose();
  }
  const presence = heldOut.flatMap((movie) =>
    MODALITIES.map((modality) => (hasModality(movie, modality) ? 1 : 0)),
  );
  const targets = heldOut.flatMap((movie) => [...movie.target]);
  return {
    weights,
    towers,
    heldOut: { evidence, presence: Uint8Array.from(presence), targets: Uint8Array.from(targets) },
  };
}

/** A tower that saw no movie must not answer from random weights. */
function silence(weights: Map<string, Float32Array>, modality: Modality): void {
  for (const part of ["kernel", "bias"]) weights.get(`${modality}_logits/${part}`)?.fill(0);
}

/** The movies from `start` to `end` alone. */
export function heldOutPart(heldOut: HeldOut, start: number, end: number): HeldOut {
  const movies = heldOut.presence.length / MODALITIES.length;
  const labels = movies === 0 ? 0 : heldOut.targets.length / movies;
  return {
    evidence: heldOut.evidence.map((values) => values.slice(start * labels, end * labels)),
    presence: heldOut.presence.slice(start * MODALITIES.length, end * MODALITIES.length),
    targets: heldOut.targets.slice(start * labels, end * labels),
  };
}
