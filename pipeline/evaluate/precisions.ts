/** What the smaller precisions of the graph cost: their answers beside those of the fp32 graph. */

import type { Precision } from "../../predictor/manifest.ts";
import { meanAveragePrecisionAtK } from "../../predictor/metrics.ts";
import { createPredictor, type PredictorSpec } from "../../predictor/predictor.ts";
import type { Run } from "../../predictor/tensor.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import type { PreparedMovie } from "../fit/prepare.ts";
import { targetsOf } from "./evaluateGraph.ts";
import { scoreMovies } from "./subsets.ts";

export interface PrecisionResult {
  readonly precision: Precision;
  readonly bytes: number;
  /** With all modalities, on the movies that the run is evaluated on; NaN where none has a label. */
  readonly map5: number;
  /** Largest absolute difference of a probability from the fp32 graph's. */
  readonly maxAbs: number;
}

export interface PrecisionGraph {
  readonly precision: Precision;
  readonly bytes: number;
  readonly run: Run;
}

/** @param graphs The fp32 graph first. */
export async function comparePrecisions(
  graphs: readonly PrecisionGraph[],
  spec: PredictorSpec,
  movies: readonly PreparedMovie[],
  posters: PosterStore,
): Promise<PrecisionResult[]> {
  const targets = targetsOf(movies);
  const results: PrecisionResult[] = [];
  let reference: Float32Array | undefined;
  for (const { precision, bytes, run } of graphs) {
    const scores = await scoreMovies(createPredictor(spec, run), movies, posters);
    reference ??= scores;
    const maxAbs = scores.reduce(
      (largest, score, i) => Math.max(largest, Math.abs(score - reference![i]!)),
      0,
    );
    const map5 = meanAveragePrecisionAtK(scores, targets, spec.labels.length, 5);
    results.push({ precision, bytes, map5, maxAbs });
  }
  return results;
}
