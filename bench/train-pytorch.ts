/**
 * `node --import tsx bench/train-pytorch.ts`: training time of our towers in TensorFlow.js (WASM) beside PyTorch on the CPU:
 * same layers, first weights, batches, epochs, optimiser and weight averages, epoch by epoch in turn. Options are those of
 * the pipeline, e.g. `--poster-height 160`.
 *
 * Needs Python 3 with PyTorch (`pip install torch`); $PYTHON names another interpreter than python3. The tensors are invented,
 * in the shapes that MovieLens 1M gives.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { tensor2d, type Variable } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { readConfig } from "../pipeline/config/options.ts";
import type { Config } from "../pipeline/config/schema.ts";
import { buildTower } from "../pipeline/model/build.ts";
import { createRandom, type Random } from "../pipeline/random.ts";
import { createWeightAverage } from "../pipeline/train/averaging.ts";
import { startBackend } from "../pipeline/train/backend.ts";
import { createLoss } from "../pipeline/train/losses.ts";
import { createOptimizer } from "../pipeline/train/optimizers.ts";
import { learningRateAt } from "../pipeline/train/schedule.ts";
import { forward, trainStep } from "../pipeline/train/step.ts";
import { MODALITIES, type Modality } from "../predictor/predictor.ts";
import {
  type Batch,
  GENRE_SHARE,
  inventBatches,
  LABELS,
  PIXELS,
  partsOf,
} from "./train-pytorch/data.ts";
import { type Python, startPython, writeBatches, writeWeights } from "./train-pytorch/python.ts";

/** The same of both, of logits of size 1: float32 sums in another order differ by less. */
const TOLERANCE = 1e-4;

const python = process.env.PYTHON ?? "python3";
const probe = spawnSync(python, ["-c", "import numpy, torch"], { encoding: "utf8" });
if (probe.status !== 0) {
  const why = probe.error?.message ?? probe.stderr.trim().split("\n").at(-1);
  console.log(
    `skipped: ${python} with PyTorch is needed (${why}).\nTry: python3 -m venv venv && venv/bin/pip install torch numpy && PYTHON=venv/bin/python node --import tsx bench/train-pytorch.ts`,
  );
} else await bench();

async function bench(): Promise<void> {
  // The encoder that is trained by gradient steps and not in order: recurrent ones have other layers in either library.
  const config = readConfig(["--title-encoder", "bag", ...process.argv.slice(2)]);
  const { description: backend } = await startBackend(config.backend);
  const folder = await mkdtemp(join(tmpdir(), "marquee-bench-"));
  const torch = startPython(python);
  try {
    const { torch: version, threads } = await torch.ask<{ torch: string; threads: number }>({
      do: "describe",
    });
    console.log(
      `${cpus()[0]?.model.trim()}, ${cpus().length} processors; node ${process.version}, tfjs ${backend}; PyTorch ${version}, CPU`,
    );
    const counts = [...new Set([1, threads])];
    const names = ["tfjs", ...counts.map((n) => `PyTorch, ${n} thread${n > 1 ? "s" : ""}`)];
    const header = [
      ...["tower", "batch", "epochs", "steps an epoch", "parameters"],
      ...names.map((name) => `${name}: s an epoch`),
      ...names.slice(1).map((name) => `tfjs / ${name}`),
    ];
    console.log(`| ${header.join(" | ")} |\n|${" --- |".repeat(header.length)}`);
    const sums = names.map(() => 0);
    for (const tower of MODALITIES) {
      const { steps, parameters, seconds } = await compare(tower, config, folder, torch, counts);
      const medians = seconds.map(median);
      for (const [i, list] of seconds.entries()) sums[i]! += list.reduce((sum, s) => sum + s, 0);
      const { batchSize, epochs } = config[tower];
      const cells = [
        ...[tower, batchSize, epochs, steps, parameters],
        ...medians.map((value) => value.toFixed(3)),
        ...medians.slice(1).map((value) => (medians[0]! / value).toFixed(2)),
      ];
      console.log(`| ${cells.join(" | ")} |`);
    }
    const cells = [
      ...["all, all epochs together", "", "", "", ""],
      ...sums.map((value) => value.toFixed(1)),
      ...sums.slice(1).map((value) => (sums[0]! / value).toFixed(2)),
    ];
    console.log(`| ${cells.join(" | ")} |`);
  } finally {
    torch.end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Trains a tower in each library, an epoch of one after an epoch of the other. Seconds of each epoch, tfjs' first. */
async function compare(
  tower: Modality,
  config: Config,
  folder: string,
  torch: Python,
  counts: readonly number[],
) {
  const random = createRandom(config.seed).fork(tower);
  const batches = inventBatches(tower, config, random);
  const { epochs, learningRate } = config[tower];
  const { warmup, schedule } = config.train;
  const model = buildTower(tower, partsOf(config), random.fork("weights"));
  const prior = Float32Array.from({ length: LABELS }, () =>
    Math.log(GENRE_SHARE / (1 - GENRE_SHARE)),
  );
  const built = await torch.ask<{ parameters: number; evidence: number[] }>({
    do: "build",
    tower,
    threads: counts,
    config: { ...config[tower], pixels: PIXELS },
    averaging: config.train.averaging,
    prior: [...prior],
    weights: await writeWeights(model, folder),
    batches: await writeBatches(tower, batches, model, folder),
  });
  await checkSame(tower, model, built, batches[0]!);

  const ours = createTrainer(tower, config, model, batches, prior, random);
  const total = epochs * batches.length;
  const seconds: number[][] = [[], ...counts.map(() => [])];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rates = batches.map((_, i) =>
      learningRateAt(epoch * batches.length + i, warmup * total, total, learningRate, schedule),
    );
    seconds[0]!.push(await ours.epoch(rates));
    for (const [i, threads] of counts.entries()) {
      const answer = await torch.ask<{ seconds: number }>({ do: "epoch", threads, rates });
      seconds[i + 1]!.push(answer.seconds);
    }
  }
  ours.dispose();
  model.dispose();
  return { steps: batches.length, parameters: built.parameters, seconds };
}

/** @throws Error if the two do not compute the same from the same weights: their times would say nothing. */
async function checkSame(
  tower: Modality,
  model: LayersModel,
  built: { parameters: number; evidence: number[] },
  { inputs }: Batch,
): Promise<void> {
  const ours = model.trainableWeights.reduce(
    (sum, { shape }) => sum + shape.reduce<number>((product, dim) => product * dim!, 1),
    0,
  );
  if (ours !== built.parameters) {
    throw new Error(`${tower}: ${ours} parameters in tfjs, ${built.parameters} in PyTorch`);
  }
  const evidence = await forward(model, inputs);
  const largest = evidence.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - built.evidence[i]!)),
    0,
  );
  if (evidence.length !== built.evidence.length || !(largest <= TOLERANCE)) {
    throw new Error(`${tower}: outputs of the same weights differ by ${largest}`);
  }
}

function createTrainer(
  tower: Modality,
  config: Config,
  model: LayersModel,
  batches: readonly Batch[],
  prior: Float32Array,
  random: Random,
) {
  const priorTensor = tensor2d(prior, [1, LABELS]);
  const lossOf = createLoss(config.train, priorTensor);
  const variables = (weights: LayersModel["weights"]) =>
    weights.map((weight) => weight.read() as Variable);
  const { weightDecay } = config[tower];
  const optimizer = createOptimizer(
    config.train,
    variables(model.trainableWeights),
    weightDecay,
    (name) => /\/(kernel|embeddings)/.test(name),
  );
  const average = createWeightAverage(variables(model.weights), config.train.averaging);
  const dropout = random.fork("dropout");
  return {
    async epoch(rates: readonly number[]): Promise<number> {
      const started = performance.now();
      for (const [i, { inputs, targets }] of batches.entries()) {
        await trainStep(model, optimizer, lossOf, inputs, targets, priorTensor, rates[i]!, dropout);
        average.update();
      }
      return (performance.now() - started) / 1000;
    },
    dispose() {
      priorTensor.dispose();
      optimizer.dispose();
      average.dispose();
    },
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
