/** Records of a tower's training. */

export interface EpochRecord {
  readonly tower: string;
  /** From 1. */
  readonly epoch: number;
  /** Mean over the epoch's steps. */
  readonly loss: number;
  /** The target's metric, e.g. "mAP@5". */
  readonly metric: string;
  /** Its value for this tower alone on the held-out movies that have its input; NaN without any. */
  readonly validation: number;
  /** The loss of the same movies, without dropout; NaN without any. */
  readonly validationLoss: number;
  readonly learningRate: number;
  /** Duration including validation. */
  readonly seconds: number;
  /** Training movies per second over the epoch's steps, excluding validation. */
  readonly samplesPerSecond: number;
}

export interface TowerResult {
  /** Weights of the best epoch, by name. */
  readonly weights: Map<string, Float32Array>;
  readonly history: readonly EpochRecord[];
  /** 0 if no training movie has the input; the weights are then the initial ones. */
  readonly bestEpoch: number;
}

export interface StepProgress {
  /** Number of steps of this tower done. */
  readonly done: number;
  readonly total: number;
  readonly epoch: number;
  readonly loss: number;
}
