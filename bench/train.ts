/**
 * `npm run bench:train`: speed of training our towers on every backend of this machine, and with PyTorch on the CPU, with
 * the same layers, initial weights, batches, optimizer and weight averages. Trainers take turns. Prints a Markdown table
 * of samples per second and ratios to WASM. Options are those of the pipeline that change a step, e.g. `--poster-height 160`; `--backend`
 * measures a single backend, which may be a software adapter.
 *
 * PyTorch needs Python 3 (`pip install torch numpy`, or Debian's python3-torch); $PYTHON names another interpreter than
 * python3. Without PyTorch, the table lacks its rows. The tensors are random, in the shapes of MovieLens 1M.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { type Config, configFields, configSchema } from "../pipeline/config/schema.ts";
import { TRAINING_BACKENDS } from "../pipeline/train/backend.ts";
import { INPUT_NAMES, type InputName } from "../predictor/movie.ts";
import { median } from "./statistics.ts";
import { startPyTorch } from "./train/pytorch.ts";
import { type BuiltTower, startTfjs, type Trainer } from "./train/trainer.ts";

/** Largest difference of logits (of about 1) between trainers; float32 sums in another order differ by less. */
const TOLERANCE = 1e-4;
const ROUNDS = 5;
const SECONDS_PER_ROUND = 2;
/** A trainer whose round takes longer than this many rounds' time is measured only once. */
const SLOW = 3;

const { seed, backend, threads, title, poster, ratings, train } = configFields.shape;
/** The pipeline's options that change a training step. */
const schema = z.strictObject({
  seed,
  backend,
  threads,
  title,
  poster,
  ratings,
  train: train
    .unwrap()
    .omit({ warmup: true, schedule: true, patience: true, validation: true })
    .prefault({}),
});

const program = {
  name: "npm run bench:train --",
  description:
    "Trains our towers on every backend of this machine and with PyTorch, and prints samples per second. --backend measures a single backend.",
  schema,
  // The others are not trained by gradient steps, or have other layers in PyTorch.
  defaultFlags: ["--title-encoder", "bag", "--ratings-linear", "0"],
};

await runCommand(program, async (options) => {
  const config = configSchema.parse(options);
  const folder = await mkdtemp(join(tmpdir(), "marquee-bench-"));
  const trainers: Trainer[] = [];
  try {
    trainers.push(...(await startAll(config, folder)));
    console.log(
      `${cpus()[0]?.model.trim()}, ${availableParallelism()} processors; node ${process.version}\n`,
    );
    const columns: string[][] = [];
    for (const tower of INPUT_NAMES) columns.push(await measure(tower, trainers));
    const heads = INPUT_NAMES.map((tower) => `${tower}, batches of ${config[tower].batchSize}`);
    console.log(`| samples per second (ratio to the first) | ${heads.join(" | ")} |`);
    console.log(`| --- |${" ---: |".repeat(heads.length)}`);
    for (const [i, { name }] of trainers.entries()) {
      console.log(`| ${name} | ${columns.map((column) => column[i]).join(" | ")} |`);
    }
  } finally {
    for (const trainer of trainers) trainer.end();
    await rm(folder, { recursive: true, force: true });
  }
});

/** Starts all trainers that work on this machine. WASM, which works everywhere, is the first. */
async function startAll(config: Config, folder: string): Promise<Trainer[]> {
  const { backend } = config;
  const trainers: Trainer[] = [];
  const names = TRAINING_BACKENDS.map(({ name }) => name).sort(
    (a, b) => Number(b === "wasm") - Number(a === "wasm"),
  );
  for (const name of names) {
    if (backend !== "auto" && backend !== name && name !== "wasm") continue;
    const objection =
      backend === "auto"
        ? await TRAINING_BACKENDS.find((one) => one.name === name)!.objection?.()
        : undefined;
    try {
      if (objection !== undefined) throw new Error(objection);
      trainers.push(await startTfjs(name, config));
    } catch (error) {
      console.error(`without ${name}: ${(error as Error).message.split("\n")[0]}`);
    }
  }
  try {
    trainers.push(...(await startPyTorch(process.env.PYTHON ?? "python3", config, folder)));
  } catch (error) {
    console.error(`without PyTorch: ${(error as Error).message}`);
  }
  return trainers;
}

/** Measures all trainers in each round. @returns A cell per trainer: median samples per second and ratio to the first. */
async function measure(tower: InputName, trainers: readonly Trainer[]): Promise<string[]> {
  const builds: (BuiltTower | undefined)[] = [];
  for (const trainer of trainers) builds.push(await trainer.build(tower));
  for (const [i, built] of builds.entries()) {
    if (built) checkSame(tower, [trainers[i]!, built], [trainers[0]!, builds[0]!]);
  }
  const rates: number[][] = trainers.map(() => []);
  const slow = new Set<Trainer>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, trainer] of trainers.entries()) {
      if (!builds[i] || slow.has(trainer)) continue;
      const { samples, seconds } = await trainer.train(SECONDS_PER_ROUND);
      rates[i]!.push(samples / seconds);
      console.error(`${tower}, ${trainer.name}: ${samples} in ${seconds.toFixed(1)} s`);
      if (seconds > SLOW * SECONDS_PER_ROUND) slow.add(trainer);
    }
  }
  // Within a round, the machine is equally loaded; the median ignores a round that was disturbed.
  return rates.map((list) => {
    if (list.length === 0) return "too slow";
    const [first] = rates as [number[]];
    // A slow first trainer was measured in the first round only.
    const ratio = median(list.slice(0, first.length).map((rate, round) => rate / first[round]!));
    return `${Math.round(median(list))} (${ratio.toFixed(2)})`;
  });
}

/** @throws Error if two trainers compute different logits from the same weights: their speeds are not comparable. */
function checkSame(
  tower: InputName,
  [{ name }, built]: readonly [Trainer, BuiltTower],
  [first, expected]: readonly [Trainer, BuiltTower],
): void {
  if (built.parameters !== expected.parameters) {
    throw new Error(
      `${tower}: ${built.parameters} parameters in ${name}, ${expected.parameters} in ${first.name}`,
    );
  }
  const largest = built.logits.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - expected.logits[i]!)),
    0,
  );
  if (built.logits.length !== expected.logits.length || !(largest <= TOLERANCE)) {
    throw new Error(`${tower}: outputs of ${name} differ by ${largest} from ${first.name}'s`);
  }
}
