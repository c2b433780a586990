/** The training loop of one tower: seeded batches, schedule, weight averaging, early stopping on the target's metric. */

import { mean, type Tensor2D, tensor2d, tidy, type Variable } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Snapshot } from "../checkpoint/checkpointer.ts";
import type { Random } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import { type EncodedMovie, targetsOf } from "../fit/prepare.ts";
import { towerType } from "../inputs/tower.ts";
import { groupNamed } from "../model/modelInputs.ts";
import { getWeights } from "../model/weights.ts";
import { createLoss } from "../targets/loss.ts";
import { gain } from "../targets/metric.ts";
import type { FittedTarget, Loss, Targets } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { createWeightAverage } from "./averaging.ts";
import { hasInput, towerInputs } from "./batches.ts";
import type { BatchSource } from "./inputBatches.ts";
import { type Loop, restoreLoop, snapshotOf } from "./loopState.ts";
import { type Measures, measuredMovies, measureTower } from "./measure.ts";
import { createOptimizer, isDecayed } from "./optimizers.ts";
import type { EpochRecord, StepProgress, TowerResult } from "./records.ts";
import { learningRateAt } from "./schedule.ts";
import { trainableVariables, trainStep } from "./step.ts";

export interface TrainOptions {
  /** Name of the group whose tower it is. */
  readonly input: string;
  readonly config: Config;
  readonly source: BatchSource;
  readonly training: readonly EncodedMovie[];
  readonly validation: readonly EncodedMovie[];
  /** Movies to measure every epoch on where there is no validation; they decide nothing. */
  readonly monitored?: readonly EncodedMovie[] | undefined;
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
  /** See `measuredMovies`. */
  readonly measured: readonly EncodedMovie[];
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
  const { config, random } = options;
  const { batchSize, weightDecay } = optionsOf(options);
  const batches = Math.ceil(training.length / batchSize);
  const passes = Math.ceil(MIN_STEPS_PER_EPOCH / batches);
  const { target } = options;
  const prior = tensor2d(target.prior, [1, target.prior.length]);
  return {
    options,
    training,
    measured: measuredMovies(options),
    passes,
    stepsPerEpoch: passes * batches,
    prior,
    lossOf: createLoss(target, config.train, prior),
    loop: {
      model,
      optimizer: createOptimizer(
        config.train,
        trainableVariables(model),
        weightDecay,
        isDecayed,
        ratesOf(model, options),
      ),
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

/** Learning rates of a tower's variables, as multiples of that of the input's options. */
function ratesOf(model: LayersModel, options: TrainOptions): (variable: Variable) => number {
  const group = groupNamed(options.source.inputs, options.input);
  const { learningRate } = group.main.options;
  const peaks = towerType(group).learningRates?.(group) ?? new Map<string, number>();
  const rates = new Map(
    model.trainableWeights.map((weight) => [
      weight.read() as Variable,
      (peaks.get(weight.originalName) ?? learningRate) / learningRate,
    ]),
  );
  return (variable) => rates.get(variable)!;
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
  const { score, loss } = await validate(tower, epoch);
  return {
    tower: options.input,
    epoch,
    loss: lossSum / stepsPerEpoch,
    metric: rulesOf(options.target).metric.name,
    validation: score,
    validationLoss: loss,
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

/** Measures the averaged weights; they become the best ones if they improve, or if no movie is there to choose by. */
function validate(tower: TowerTraining, epoch: number): Promise<Measures> {
  const { options, measured, loop, lossOf, prior } = tower;
  const { model, average } = loop;
  return average.during(async () => {
    const measures = await measureTower(model, measured, options, (targets, logits) =>
      meanLoss(lossOf, prior, targets, logits),
    );
    const { score } = measures;
    const isChosenBy = options.validation.length > 0 && !Number.isNaN(score);
    if (!loop.best || !isChosenBy || improves(options.target, score, loop.best.score)) {
      loop.best = { epoch, score, weights: await getWeights(model) };
    }
    return measures;
  });
}

/** Mean over movies and outputs. */
async function meanLoss(
  lossOf: Loss,
  prior: Tensor2D,
  targets: Targets,
  logits: Float32Array,
): Promise<number> {
  const shape: [number, number] = [logits.length / prior.shape[1], prior.shape[1]];
  const loss = tidy(() =>
    mean(lossOf(tensor2d(Float32Array.from(targets), shape), tensor2d(logits, shape))),
  );
  const [value] = await loss.data();
  loss.dispose();
  return value!;
}

function improves(target: FittedTarget, score: number, best: number): boolean {
  return gain(rulesOf(target).metric, score, best) > MIN_IMPROVEMENT;
}

/** All variables, including batch normalisation's running moments, which are averaged as well. */
function allVariables(model: LayersModel): Variable[] {
  return model.weights.map((weight) => weight.read() as Variable);
}
