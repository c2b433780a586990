/** A tower by itself: its logits of any movies, and how good they are. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type EncodedMovie, moviesPerBatch, targetsOf, truthOf } from "../fit/prepare.ts";
import { meanScore } from "../targets/metric.ts";
import type { FittedTarget, Targets } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { hasInput, towerInputs } from "./batches.ts";
import type { BatchSource } from "./inputBatches.ts";
import { forward } from "./step.ts";

/** Most movies per forward pass without gradients; affects only memory. */
const FORWARD_BATCH = 128;

/** Logits of a tower for any movies, zeros for those without its input: float32 [movies, L]. */
export async function towerLogits(
  model: LayersModel,
  input: string,
  movies: readonly EncodedMovie[],
  source: BatchSource,
  labels: number,
): Promise<Float32Array> {
  const logits = new Float32Array(movies.length * labels);
  const indices = movies.flatMap((movie, i) => (hasInput(movie, source, input) ? [i] : []));
  const size = moviesPerBatch(movies, FORWARD_BATCH);
  for (let start = 0; start < indices.length; start += size) {
    const part = indices.slice(start, start + size);
    const inputs = towerInputs(
      input,
      part.map((i) => movies[i]!),
      source,
    );
    const batch = await forward(model, inputs);
    for (const [j, i] of part.entries()) {
      logits.set(batch.subarray(j * labels, (j + 1) * labels), i * labels);
    }
  }
  return logits;
}

export interface MeasureOptions {
  /** Name of the group whose tower it is. */
  readonly input: string;
  readonly source: BatchSource;
  readonly target: FittedTarget;
}

/** Held-out movies with the tower's input: those that choose the epoch, or else those that are only monitored. */
export function measuredMovies({
  input,
  source,
  validation,
  monitored = [],
}: Pick<MeasureOptions, "input" | "source"> & {
  readonly validation: readonly EncodedMovie[];
  readonly monitored?: readonly EncodedMovie[] | undefined;
}): EncodedMovie[] {
  return (validation.length > 0 ? validation : monitored).filter((movie) =>
    hasInput(movie, source, input),
  );
}

/** How good a tower is by itself; NaN without movies. */
export interface Measures {
  /** The target's metric. */
  readonly score: number;
  readonly loss: number;
}

/**
 * @param movies All have the tower's input.
 * @param lossOf Mean loss of movies by what towers learn and by logits, both [n, L].
 */
export async function measureTower(
  model: LayersModel,
  movies: readonly EncodedMovie[],
  { input, source, target }: MeasureOptions,
  lossOf: (targets: Targets, logits: Float32Array) => number | Promise<number>,
): Promise<Measures> {
  if (movies.length === 0) return { score: Number.NaN, loss: Number.NaN };
  const width = target.prior.length;
  const logits = await towerLogits(model, input, movies, source, width);
  for (let at = 0; at < logits.length; at++) logits[at]! += target.prior[at % width]!;
  const { metric, ranksLogits, answers } = rulesOf(target);
  const answered = ranksLogits ? logits : answers(logits, target);
  return {
    score: meanScore(metric, answered, truthOf(movies, target), width),
    loss: await lossOf(targetsOf(movies), logits),
  };
}
