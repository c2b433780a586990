/** The training loop of one tower: seeded batches, schedule, weight averaging, early stopping on validation mAP@5. */

import { tensor2d, type Variable } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { meanAveragePrecisionAtK } from "../../predictor/metrics.ts";
import type { InputName } from "../../predictor/predictor.ts";
import type { Snapshot } from "../checkpoint/checkpointer.ts";
import type { Random } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import type { EncodedMovie } from "../fit/prepare.ts";
import { getWeights } from "../model/weights.ts";
import { createWeightAverage } from "./averaging.ts";
import { type BatchSource, hasInput, towerInputs } from "./batches.ts";
import { type Loop, restoreLoop, snapshotOf } from "./loopState.ts";
import { createLoss } from "./losses.ts";
import { createOptimizer, isDecayed } from "./optimizers.ts";
import type { EpochRecord, StepProgress, TowerResult } from "./records.ts";
import { learningRateAt } from "./schedule.ts";
import { forward, trainStep } from "./step.ts";

export interface TrainOptions {
  readonly input: InputName;
  readonly config: Config;
  readonly source: BatchSource;
  readonly training: readonly EncodedMovie[];
  readonly validation: readonly EncodedMovie[];
  /** Logits of the labels' shares among the training movies [L]. */
  readonly prior: Float32Array;
  readonly random: Random;
  readonly onStep?: (progress: StepProgress) => void;
  /** With the model as the epoch leaves it; waited for. */
  readonly onEpoch?: (record: EpochRecord, model: LayersModel) => unknown;
  /** Where an interrupted training of the tower stood: the result is that of one that was not. */
  readonly resumeFrom?: Snapshot | undefined;
  /** Keeps what `resumeFrom` takes, after every epoch that another one follows; waited for. */
  readonly save?: (epoch: number, snapshot: Snapshot) => Promise<void>;
}

/** Movies per forward pass without gradients; memory only. */
const FORWARD_BATCH = 128;
const MIN_STEPS_PER_EPOCH = 15;
/** mAP@5 changes less than this by chance of rounding. */
const MIN_IMPROVEMENT = 1e-6;

/**
 * Trains a tower in place.
 *
 * @returns The weights of the epoch with the best validation mAP@5; of the last epoch without validation movies.
 * @throws Error if the loss stops being a number.
 */
export async function trainTower(model: LayersModel, options: TrainOptions): Promise<TowerResult> {
  const { input, config, source, random } = options;
  const { epochs, batchSize, learningRate, weightDecay } = config[input];
  const { warmup, averaging, patience, schedule } = config.train;
  const training = options.training.filter((movie) => hasInput(movie, input));
  const validation = options.validation.filter((movie) => hasInput(movie, input));
  if (training.length === 0) return { weights: await getWeights(model), history: [], bestEpoch: 0 };

  // Small data sets are passed over more than once in an epoch: averages and schedules need steps to work on.
  const passes = Math.ceil(MIN_STEPS_PER_EPOCH / Math.ceil(training.length / batchSize));
  const stepsPerEpoch = passes * Math.ceil(training.length / batchSize);
  const total = epochs * stepsPerEpoch;
  const streams = {
    shuffle: random.fork("shuffle"),
    variation: random.fork("variation"),
    dropout: random.fork("dropout"),
  };
  const prior = tensor2d(options.prior, [1, options.prior.length]);
  const lossOf = createLoss(config.train, prior);
  const optimizer = createOptimizer(
    config.train,
    trainableVariables(model),
    weightDecay,
    isDecayed,
  );
  const average = createWeightAverage(allVariables(model), averaging);
  const loop: Loop = {
    model,
    optimizer,
    average,
    streams,
    order: Uint32Array.from({ length: training.length }, (_, i) => i),
    history: [],
    done: 0,
    best: undefined,
  };
  const { order, history } = loop;
  const isOver = () =>
    history.length >= epochs || history.length - (loop.best?.epoch ?? 0) >= patience;
  try {
    if (options.resumeFrom) await restoreLoop(loop, options.resumeFrom);
    while (!isOver()) {
      const epoch = history.length + 1;
      const started = performance.now();
      let lossSum = 0;
      let rate = 0;
      for (let step = 0; step < stepsPerEpoch; step++) {
        const start = (step % (stepsPerEpoch / passes)) * batchSize;
        if (start === 0) streams.shuffle.shuffle(order);
        const movies = Array.from(order.subarray(start, start + batchSize), (i) => training[i]!);
        rate = learningRateAt(loop.done, warmup * total, total, learningRate, schedule);
        const inputs = towerInputs(input, movies, source, streams.variation);
        const loss = await trainStep(
          model,
          optimizer,
          lossOf,
          inputs,
          targetsOf(movies),
          prior,
          rate,
          streams.dropout,
        );
        if (!Number.isFinite(loss)) {
          throw new Error(
            `the ${input} tower's loss became ${loss} in epoch ${epoch}; lower --${input}-learning-rate (now ${learningRate})`,
          );
        }
        average.update();
        lossSum += loss;
        loop.done++;
        options.onStep?.({ done: loop.done, total, epoch, loss });
        // Lets signals and the progress bar's timer through: kernels never yield.
        await new Promise((resolve) => setImmediate(resolve));
      }
      const trainingSeconds = (performance.now() - started) / 1000;
      const map5 = await average.during(async () => {
        const score = await towerMap5(model, input, validation, source, options.prior);
        if (!loop.best || Number.isNaN(score) || score > loop.best.map5 + MIN_IMPROVEMENT) {
          loop.best = { epoch, map5: score, weights: await getWeights(model) };
        }
        return score;
      });
      const record = {
        tower: input,
        epoch,
        loss: lossSum / stepsPerEpoch,
        validationMap5: map5,
        learningRate: rate,
        seconds: (performance.now() - started) / 1000,
        samplesPerSecond: (passes * training.length) / trainingSeconds,
      };
      history.push(record);
      await options.onEpoch?.(record, model);
      if (!isOver()) await options.save?.(epoch, await snapshotOf(loop));
    }
  } finally {
    prior.dispose();
    optimizer.dispose();
    average.dispose();
  }
  return { weights: loop.best!.weights, history, bestEpoch: loop.best!.epoch };
}

/** Logits of a tower for any movies, zeros for those without its input: float32 [movies, L]. */
export async function towerLogits(
  model: LayersModel,
  input: InputName,
  movies: readonly EncodedMovie[],
  source: BatchSource,
  labels: number,
): Promise<Float32Array> {
  const logits = new Float32Array(movies.length * labels);
  const places = movies.flatMap((movie, i) => (hasInput(movie, input) ? [i] : []));
  for (let start = 0; start < places.length; start += FORWARD_BATCH) {
    const part = places.slice(start, start + FORWARD_BATCH);
    const inputs = towerInputs(
      input,
      part.map((i) => movies[i]!),
      source,
    );
    const found = await forward(model, inputs);
    for (const [j, i] of part.entries()) {
      logits.set(found.subarray(j * labels, (j + 1) * labels), i * labels);
    }
  }
  return logits;
}

/** mAP@5 of a tower alone on movies that have its input; NaN without any. */
export async function towerMap5(
  model: LayersModel,
  input: InputName,
  movies: readonly EncodedMovie[],
  source: BatchSource,
  prior: Float32Array,
): Promise<number> {
  const labels = prior.length;
  const scores = await towerLogits(model, input, movies, source, labels);
  for (let at = 0; at < scores.length; at++) scores[at]! += prior[at % labels]!;
  const targets = new Uint8Array(movies.length * labels);
  for (const [i, movie] of movies.entries()) targets.set(movie.target, i * labels);
  return meanAveragePrecisionAtK(scores, targets, labels, 5);
}

function targetsOf(movies: readonly EncodedMovie[]): Float32Array {
  return Float32Array.from(movies.flatMap((movie) => [...movie.target]));
}

function trainableVariables(model: LayersModel): Variable[] {
  return model.trainableWeights.map((weight) => weight.read() as Variable);
}

/** Batch normalisation's running moments are averaged as well. */
function allVariables(model: LayersModel): Variable[] {
  return model.weights.map((weight) => weight.read() as Variable);
}
