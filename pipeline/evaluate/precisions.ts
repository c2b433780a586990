/** The loss of the smaller precisions of the graph, compared with the fp32 graph. */

import type { Precision } from "../../predictor/manifest.ts";
import { createPredictor, type PredictorSpec } from "../../predictor/predictor.ts";
import type { RunGraph } from "../../predictor/tensor.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { type EncodedMovie, truthOf } from "../fit/prepare.ts";
import { formatScore } from "../targets/format.ts";
import { gain, meanScore } from "../targets/metric.ts";
import type { FittedTarget } from "../targets/targetRules.ts";
import { rulesOf, unitOf } from "../targets/types.ts";
import { scoreMovies } from "./subsets.ts";

/**
 * Largest accepted difference of a probability from an fp16 file, so that two decimals are reliable; for a number, in
 * standard deviations. Rounding alone can exceed it: half precision has 11 significant bits, and errors accumulate over
 * the layers.
 */
const MAX_FP16_DIFFERENCE = 1e-2;

/**
 * Largest accepted loss of an 8-bit file in the target's metric: less than the half-width of the 95 % interval of mAP@5 on a
 * test split of about 800 movies. For a number, in standard deviations.
 */
const MAX_Q8_LOSS = 0.01;

export interface PrecisionResult {
  readonly precision: Precision;
  readonly bytes: number;
  /** The target's metric with all inputs on the evaluated movies; NaN if none has a value. */
  readonly score: number;
  /** Largest absolute difference of an answer from the fp32 graph's. */
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
  target: FittedTarget,
): Promise<PrecisionResult[]> {
  const truth = truthOf(movies, target);
  const { metric } = rulesOf(target);
  const results: PrecisionResult[] = [];
  let reference: Float32Array | undefined;
  for (const { precision, bytes, run } of graphs) {
    const scores = await scoreMovies(createPredictor(spec, run), movies, posters);
    reference ??= scores;
    const maxAbs = scores.reduce(
      (largest, score, i) => Math.max(largest, Math.abs(score - reference![i]!)),
      0,
    );
    const score = meanScore(metric, scores, truth, target.outputs.length);
    const result = { precision, bytes, score, maxAbs };
    const leftOut = whyLeftOut(result, results[0]?.score ?? score, target);
    results.push(leftOut === undefined ? result : { ...result, leftOut });
  }
  return results;
}

/** Why a file is too different from the fp32 graph to be published; undefined if it is not. NaN is too different. */
export function whyLeftOut(
  { precision, score, maxAbs }: PrecisionResult,
  fp32Score: number,
  target: FittedTarget,
): string | undefined {
  const { metric } = rulesOf(target);
  const unit = unitOf(target);
  const [largest, most] = [MAX_FP16_DIFFERENCE * unit, MAX_Q8_LOSS * unit].map(short);
  if (Number.isNaN(maxAbs)) return "some of its answers are NaN";
  if (precision === "q8" && Number.isNaN(fp32Score)) {
    return `no evaluated item has a target, so its loss of ${metric.name} is unknown`;
  }
  if (precision === "fp16" && !(maxAbs <= MAX_FP16_DIFFERENCE * unit)) {
    return `an answer differs from the fp32 graph's by ${maxAbs.toExponential(1)}; at most ${largest} is accepted`;
  }
  const loss = gain(metric, fp32Score, score);
  if (precision === "q8" && !(loss <= MAX_Q8_LOSS * unit)) {
    const side = metric.better === "larger" ? "below" : "above";
    return `its ${metric.name} is ${formatScore(loss)} ${side} the fp32 graph's; at most ${most} is accepted`;
  }
  return undefined;
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
