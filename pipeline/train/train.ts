/** The training loop of one tower: seeded batches, schedule, weight averaging, early stopping on the target's metric. */

import { type Tensor2D, tensor2d, type Variable } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Snapshot } from "../checkpoint/checkpointer.ts";
import type { Random } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import { type EncodedMovie, moviesPerBatch, targetsOf, truthOf } from "../fit/prepare.ts";
import { groupNamed } from "../model/modelInputs.ts";
import { getWeights } from "../model/weights.ts";
import { createLoss } from "../targets/loss.ts";
import { gain, meanScore } from "../targets/metric.ts";
import type { FittedTarget, Loss } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { createWeightAverage } from "./averaging.ts";
import { hasInput, towerInputs } from "./batches.ts";
import type { BatchSource } from "./inputBatches.ts";
import { type Loop, restoreLoop, snapshotOf } from "./loopState.ts";
import { createOptimizer, isDecayed } from "./optimizers.ts";
import type { EpochRecord, StepProgress, TowerResult } from "./records.ts";
import { learningRateAt } from "./schedule.ts";
import { forward, trainStep } from "./step.ts";

export interface TrainOptions {
  /** Name of the group whose tower it is. */
  readonly input: string;
  readonly config: Config;
  readonly source: BatchSource;
  readonly training: readonly EncodedMovie[];
  readonly validation: readonly EncodedMovie[];
  readonly target: FittedTarget;
  readonly random: Random;
  readonly onStep?: (progress: StepProgress) => void;
  /** Called after every epoch with the model in its current state; awaited. */
  readonly onEpoch?: (record: EpochRecord, model: LayersModel) => unknown;
  /** Snapshot of an interrupted training; the result equals that of an uninterrupted one. */
  readonly resumeFrom?: Snapshot | undefined;
  /** Saves a snapshot for `resumeFrom` after every epoch but the last; awaited. */
  readonly save?: (epoch: number, snapshot: Snapshot) => Promise<void>;
}

/** Most movies per forward pass without gradients; affects only memory. */
const FORWARD_BATCH = 128;
/** Small data sets make several passes per epoch: averages and schedules need this many steps to work with. */
const MIN_STEPS_PER_EPOCH = 15;
/** Smaller differences of the metric are rounding noise. */
const MIN_IMPROVEMENT = 1e-6;

/**
 * Trains a tower in place.
 *
 * @returns The weights of the epoch with the best validation score, or of the last epoch without validation movies.
 * @throws Error if the loss becomes NaN or infinite.
 */
export async function trainTower(model: LayersModel, options: TrainOptions): Promise<TowerResult> {
  const { input, config, source } = options;
  const training = options.training.filter((movie) => hasInput(movie, source, input));
  if (training.length === 0) return { weights: await getWeights(model), history: [], bestEpoch: 0 };
  const tower = setUp(model, options, training);
  const { loop } = tower;
  const isOver = () => {
    const epoch = loop.history.length;
    return (
      epoch >= optionsOf(options).epochs || epoch - (loop.best?.epoch ?? 0) >= config.train.patience
    );
  };
  try {
    if (options.resumeFrom) await restoreLoop(loop, options.resumeFrom);
    while (!isOver()) {
      const record = await trainEpoch(tower);
      loop.history.push(record);
      await options.onEpoch?.(record, model);
      if (!isOver()) await options.save?.(record.epoch, await snapshotOf(loop));
    }
  } finally {
    tower.prior.dispose();
    loop.optimizer.dispose();
    loop.average.dispose();
  }
  return { weights: loop.best!.weights, history: loop.history, bestEpoch: loop.best!.epoch };
}

/** The options of the tower's input. */
function optionsOf({ input, source }: TrainOptions) {
  return groupNamed(source.inputs, input).main.options;
}

interface Streams extends Record<string, Random> {
  readonly shuffle: Random;
  readonly variation: Random;
  readonly dropout: Random;
}

/** A tower in training. */
interface TowerTraining {
  readonly options: TrainOptions;
  /** Movies with the tower's input. */
  readonly training: readonly EncodedMovie[];
  readonly validation: readonly EncodedMovie[];
  /** Passes over the training movies per epoch. */
  readonly passes: number;
  readonly stepsPerEpoch: number;
  /** The target's prior [1, L]. */
  readonly prior: Tensor2D;
  readonly lossOf: Loss;
  readonly loop: Loop & { readonly streams: Streams };
}

function setUp(
  model: LayersModel,
  options: TrainOptions,
  training: readonly EncodedMovie[],
): TowerTraining {
  const { input, config, source, random } = options;
  const { batchSize, weightDecay } = optionsOf(options);
  const batches = Math.ceil(training.length / batchSize);
  const passes = Math.ceil(MIN_STEPS_PER_EPOCH / batches);
  const { target } = options;
  const prior = tensor2d(target.prior, [1, target.prior.length]);
  return {
    options,
    training,
    validation: options.validation.filter((movie) => hasInput(movie, source, input)),
    passes,
    stepsPerEpoch: passes * batches,
    prior,
    lossOf: createLoss(target, config.train, prior),
    loop: {
      model,
      optimizer: createOptimizer(config.train, trainableVariables(model), weightDecay, isDecayed),
      average: createWeightAverage(allVariables(model), config.train.averaging),
      streams: {
        shuffle: random.fork("shuffle"),
        variation: random.fork("variation"),
        dropout: random.fork("dropout"),
      },
      order: Uint32Array.from({ length: training.length }, (_, i) => i),
      history: [],
      done: 0,
      best: undefined,
    },
  };
}

/** Trains for one epoch and validates the averaged weights. */
async function trainEpoch(tower: TowerTraining): Promise<EpochRecord> {
  const { options, training, passes, stepsPerEpoch, loop } = tower;
  const epoch = loop.history.length + 1;
  const started = performance.now();
  let lossSum = 0;
  for (let step = 0; step < stepsPerEpoch; step++) {
    lossSum += await takeStep(tower, epoch, step);
    // Lets signal handlers and the progress bar's timer run: kernels never yield.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const trainingSeconds = (performance.now() - started) / 1000;
  const validation = await validate(tower, epoch);
  return {
    tower: options.input,
    epoch,
    loss: lossSum / stepsPerEpoch,
    metric: rulesOf(options.target).metric.name,
    validation,
    learningRate: rateOf(tower, loop.done - 1),
    seconds: (performance.now() - started) / 1000,
    samplesPerSecond: (passes * training.length) / trainingSeconds,
  };
}

/** @param step Step of the epoch, from 0. @returns The batch's loss. */
async function takeStep(tower: TowerTraining, epoch: number, step: number): Promise<number> {
  const { options, training, passes, stepsPerEpoch, prior, lossOf, loop } = tower;
  const { input, source } = options;
  const { batchSize, learningRate, epochs } = optionsOf(options);
  const start = (step % (stepsPerEpoch / passes)) * batchSize;
  if (start === 0) loop.streams.shuffle.shuffle(loop.order);
  const movies = Array.from(loop.order.subarray(start, start + batchSize), (i) => training[i]!);
  const loss = await trainStep({
    model: loop.model,
    optimizer: loop.optimizer,
    lossOf,
    inputs: towerInputs(input, movies, source, loop.streams.variation),
    targets: Float32Array.from(targetsOf(movies)),
    prior,
    learningRate: rateOf(tower, loop.done),
    random: loop.streams.dropout,
  });
  if (!Number.isFinite(loss)) {
    throw new Error(
      `the ${input} tower's loss became ${loss} in epoch ${epoch}; lower --${groupNamed(source.inputs, input).input}-learning-rate (now ${learningRate})`,
    );
  }
  loop.average.update();
  loop.done++;
  options.onStep?.({ done: loop.done, total: epochs * stepsPerEpoch, epoch, loss });
  return loss;
}

/** Learning rate of a step of the whole run, from 0. */
function rateOf({ options, stepsPerEpoch }: TowerTraining, step: number) {
  const { epochs, learningRate: peak } = optionsOf(options);
  const { warmup, schedule } = options.config.train;
  const total = epochs * stepsPerEpoch;
  return learningRateAt(step, { warmup: warmup * total, total, peak, schedule });
}

/** The score of the averaged weights, which become the best ones if it improves. */
function validate({ options, validation, loop }: TowerTraining, epoch: number): Promise<number> {
  const { model, average } = loop;
  return average.during(async () => {
    const score = await towerScore(model, options.input, validation, options);
    if (!loop.best || Number.isNaN(score) || improves(options.target, score, loop.best.score)) {
      loop.best = { epoch, score, weights: await getWeights(model) };
    }
    return score;
  });
}

function improves(target: FittedTarget, score: number, best: number): boolean {
  return gain(rulesOf(target).metric, score, best) > MIN_IMPROVEMENT;
}

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

/** The target's metric of a tower alone, on movies that all have its input; NaN without movies. */
export async function towerScore(
  model: LayersModel,
  input: string,
  movies: readonly EncodedMovie[],
  { source, target }: Pick<TrainOptions, "source" | "target">,
): Promise<number> {
  const width = target.prior.length;
  const scores = await towerLogits(model, input, movies, source, width);
  for (let at = 0; at < scores.length; at++) scores[at]! += target.prior[at % width]!;
  const { metric, ranksLogits, answers } = rulesOf(target);
  const answered = ranksLogits ? scores : answers(scores, target);
  return meanScore(metric, answered, truthOf(movies, target), width);
}

function trainableVariables(model: LayersModel): Variable[] {
  return model.trainableWeights.map((weight) => weight.read() as Variable);
}

/** All variables, including batch normalisation's running moments, which are averaged as well. */
function allVariables(model: LayersModel): Variable[] {
  return model.weights.map((weight) => weight.read() as Variable);
}
