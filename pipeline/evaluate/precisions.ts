/** What the smaller precisions of the graph cost: their answers beside those of the fp32 graph. */

import type { Precision } from "../../predictor/manifest.ts";
import { meanAveragePrecisionAtK } from "../../predictor/metrics.ts";
import { createPredictor, type PredictorSpec } from "../../predictor/predictor.ts";
import type { RunGraph } from "../../predictor/tensor.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { type EncodedMovie, targetsOf } from "../fit/prepare.ts";
import { scoreMovies } from "./subsets.ts";

/**
 * Largest change of a probability that an fp16 file may make, so that two decimals of an answer can be relied on.
 * Rounding alone can exceed it: half precision has 11 significant bits, and errors add up through the layers.
 */
const MAX_FP16_DIFFERENCE = 1e-2;

/** Most mAP@5 that an 8-bit file may lose: less than the 95 % interval's half-width on a test split of some 800 movies. */
const MAX_Q8_LOSS = 0.01;

export interface PrecisionResult {
  readonly precision: Precision;
  readonly bytes: number;
  /** With all inputs, on the movies that the run is evaluated on; NaN where none has a label. */
  readonly map5: number;
  /** Largest absolute difference of a probability from the fp32 graph's. */
  readonly maxAbs: number;
  /** Why the file is not published; absent where it is. */
  readonly leftOut?: string;
}

export interface PrecisionGraph {
  readonly precision: Precision;
  readonly bytes: number;
  readonly run: RunGraph;
}

/** @param graphs The fp32 graph first. */
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
    const map5 = meanAveragePrecisionAtK(scores, targets, spec.labels.length, 5);
    const result = { precision, bytes, map5, maxAbs };
    const leftOut = whyLeftOut(result, results[0]?.map5 ?? map5);
    results.push(leftOut === undefined ? result : { ...result, leftOut });
  }
  return results;
}

/** Why a file is too far from the fp32 graph to be published; undefined where it is not. NaN is too far. */
export function whyLeftOut(
  { precision, map5, maxAbs }: PrecisionResult,
  fp32Map5: number,
): string | undefined {
  if (Number.isNaN(maxAbs)) return "some of its probabilities are no numbers";
  if (precision === "q8" && Number.isNaN(fp32Map5)) {
    return "none of the movies measured has a genre, so what it loses is not known";
  }
  if (precision === "fp16" && !(maxAbs <= MAX_FP16_DIFFERENCE)) {
    return `a probability differs by ${maxAbs.toExponential(1)} from the fp32 graph's; at most ${MAX_FP16_DIFFERENCE} is accepted`;
  }
  if (precision === "q8" && !(fp32Map5 - map5 <= MAX_Q8_LOSS)) {
    return `it loses ${(fp32Map5 - map5).toFixed(3)} mAP@5 to the fp32 graph; at most ${MAX_Q8_LOSS} is accepted`;
  }
  return undefined;
}
