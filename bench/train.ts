/**
 * `npm run bench:train`: training of our towers on every backend that this machine has, beside PyTorch on the processor: the
 * same layers, first weights, batches, optimiser and weight averages, in turn, as samples per second and as ratios to
 * WASM's. Prints a table in Markdown. Options are those of the pipeline, e.g. `--poster-height 160`; `--backend` names the only
 * one to measure, which may be a software adapter.
 *
 * PyTorch needs Python 3 (`pip install torch numpy`, or Debian's python3-torch); $PYTHON names another interpreter than python3,
 * and without it the table has no such rows. The tensors are invented, in the shapes that MovieLens 1M gives.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../node/command.ts";
import { type Config, configSchema } from "../pipeline/config/schema.ts";
import { TRAINING_BACKENDS } from "../pipeline/train/backend.ts";
import { INPUT_NAMES, type InputName } from "../predictor/predictor.ts";
import { median } from "./statistics.ts";
import { startPyTorch } from "./train/pytorch.ts";
import { type Built, startTfjs, type Trainer } from "./train/trainer.ts";

/** The same of all, of logits of size 1: float32 sums in another order differ by less. */
const TOLERANCE = 1e-4;
const ROUNDS = 5;
const SECONDS_A_ROUND = 2;
/** Where a single step takes this many rounds' time, one of them says enough. */
const SLOW = 3;

const program = {
  name: "npm run bench:train --",
  description:
    "Trains our towers on every backend of this machine, beside PyTorch, and prints samples per second. Options are the pipeline's; --backend names the only one to measure.",
  schema: configSchema,
  // Trained by gradient steps and not in order: recurrent encoders have other layers in either library.
  defaultFlags: ["--title-encoder", "bag"],
};

await runCommand(program, async (config) => {
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

/** WASM first: it is there everywhere. */
async function startAll(config: Config, folder: string): Promise<Trainer[]> {
  const { backend } = config;
  const found: Trainer[] = [];
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
      found.push(await startTfjs(name, config));
    } catch (error) {
      console.error(`without ${name}: ${(error as Error).message.split("\n")[0]}`);
    }
  }
  try {
    found.push(...(await startPyTorch(process.env.PYTHON ?? "python3", config, folder)));
  } catch (error) {
    console.error(`without PyTorch: ${(error as Error).message}`);
  }
  return found;
}

/** Every trainer a round, then every trainer the next: medians of samples per second, as cells. */
async function measure(tower: InputName, trainers: readonly Trainer[]): Promise<string[]> {
  const builds: (Built | undefined)[] = [];
  for (const trainer of trainers) builds.push(await trainer.build(tower));
  for (const [i, built] of builds.entries()) {
    if (built) checkSame(tower, [trainers[i]!, built], [trainers[0]!, builds[0]!]);
  }
  const rates: number[][] = trainers.map(() => []);
  const slow = new Set<Trainer>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, trainer] of trainers.entries()) {
      if (!builds[i] || slow.has(trainer)) continue;
      const { samples, seconds } = await trainer.train(SECONDS_A_ROUND);
      rates[i]!.push(samples / seconds);
      console.error(`${tower}, ${trainer.name}: ${samples} in ${seconds.toFixed(1)} s`);
      if (seconds > SLOW * SECONDS_A_ROUND) slow.add(trainer);
    }
  }
  // Rounds next to each other saw the same machine; medians of the ratios forgive one that was disturbed.
  return rates.map((list) => {
    if (list.length === 0) return "minutes a step";
    const ratio = median(list.map((rate, round) => rate / rates[0]![round]!));
    return `${Math.round(median(list))} (${ratio.toFixed(2)})`;
  });
}

/** @throws Error if two do not compute the same from the same weights: their times would say nothing. */
function checkSame(
  tower: InputName,
  [{ name }, built]: readonly [Trainer, Built],
  [first, expected]: readonly [Trainer, Built],
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
