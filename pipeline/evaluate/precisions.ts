/** The loss of the smaller precisions of the graph, compared with the fp32 graph. */

import type { Precision } from "../../predictor/manifest.ts";
import { meanAveragePrecisionAtK } from "../../predictor/metrics.ts";
import { createPredictor, type PredictorSpec } from "../../predictor/predictor.ts";
import type { RunGraph } from "../../predictor/tensor.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { type EncodedMovie, targetsOf } from "../fit/prepare.ts";
import { scoreMovies } from "./subsets.ts";

/**
 * Largest accepted difference of a probability from an fp16 file, so that two decimals are reliable. Rounding alone can
 * exceed it: half precision has 11 significant bits, and errors accumulate over the layers.
 */
const MAX_FP16_DIFFERENCE = 1e-2;

/**
 * Largest accepted loss of mAP@5 of an 8-bit file: less than the half-width of the 95 % interval on a test split of about
 * 800 movies.
 */
const MAX_Q8_LOSS = 0.01;

export interface PrecisionResult {
  readonly precision: Precision;
  readonly bytes: number;
  /** mAP@5 with all inputs on the evaluated movies; NaN if none has a label. */
  readonly map5: number;
  /** Largest absolute difference of a probability from the fp32 graph's. */
  readonly maxAbs: number;
  /** Why the file is not published; absent if it is. */
  readonly leftOut?: string;
}

export interface PrecisionGraph {
  readonly precision: Precision;
  readonly bytes: number;
  readonly run: RunGraph;
}

/** @param graphs The fp32 graph must be the first. */
export async function comparePrecisions(
  graphs: readonly PrecisionGraph[],
  spec: PredictorSpec,
  movies: readonly EncodedMovie[],
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
    const map5 = meanAveragePrecisionAtK(scores, targets, scores.length / movies.length, 5);
    const result = { precision, bytes, map5, maxAbs };
    const leftOut = whyLeftOut(result, results[0]?.map5 ?? map5);
    results.push(leftOut === undefined ? result : { ...result, leftOut });
  }
  return results;
}

/** Why a file is too different from the fp32 graph to be published; undefined if it is not. NaN is too different. */
export function whyLeftOut(
  { precision, map5, maxAbs }: PrecisionResult,
  fp32Map5: number,
): string | undefined {
  if (Number.isNaN(maxAbs)) return "some of its probabilities are NaN";
  if (precision === "q8" && Number.isNaN(fp32Map5)) {
    return "no evaluated movie has a genre, so its loss of mAP@5 is unknown";
  }
  if (precision === "fp16" && !(maxAbs <= MAX_FP16_DIFFERENCE)) {
    return `a probability differs from the fp32 graph's by ${maxAbs.toExponential(1)}; at most ${MAX_FP16_DIFFERENCE} is accepted`;
  }
  if (precision === "q8" && !(fp32Map5 - map5 <= MAX_Q8_LOSS)) {
    return `its mAP@5 is ${(fp32Map5 - map5).toFixed(3)} below the fp32 graph's; at most ${MAX_Q8_LOSS} is accepted`;
  }
  return undefined;
}
