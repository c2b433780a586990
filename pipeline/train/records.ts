/** What the training of a tower says of itself. */

import type { InputName } from "../../predictor/predictor.ts";

export interface EpochRecord {
  readonly tower: InputName;
  /** From 1. */
  readonly epoch: number;
  /** Mean over the epoch's steps. */
  readonly loss: number;
  /** Of this tower alone on the validation movies that have its input; NaN without any. */
  readonly validationMap5: number;
  readonly learningRate: number;
  readonly seconds: number;
  /** Training movies per second of the epoch's steps, without validation. */
  readonly samplesPerSecond: number;
}

export interface TowerResult {
  /** Weights of the best epoch, by name. */
  readonly weights: Map<string, Float32Array>;
  readonly history: readonly EpochRecord[];
  /** 0 when no training movie has the input: the weights are those it started with. */
  readonly bestEpoch: number;
}

export interface StepProgress {
  /** Steps of this tower. */
  readonly done: number;
  readonly total: number;
  readonly epoch: number;
  readonly loss: number;
}
