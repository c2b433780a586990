/**
 * `node --import tsx bench/wasm.ts`: speed-up of training on WebAssembly by threads, and by training towers in separate
 * processes. The variants take turns, a few steps at a time. Most options are the pipeline's; without --data, on the sample.
 * Results are in bench/notes/wasm.md.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import {
  type Config,
  configFields,
  configSchema,
  MAX_WASM_THREADS,
} from "../pipeline/config/schema.ts";
import { quantile } from "./statistics.ts";
import type { StepTimes, TrainerJob } from "./wasm/trainer.ts";

const TOWERS = ["poster", "ratings"] as const;
type Tower = (typeof TOWERS)[number];
/** Steps per turn, which take about the same time for both towers. */
const STEPS = { poster: 3, ratings: 30 };

/** Training movies with the input in MovieLens 1M: nine tenths of the official train split. */
const MOVIES = { poster: 2340, ratings: 2670 };

const { data, cache, strict, seed, poster, ratings, train: trainField } = configFields.shape;
const program = {
  name: "node --import tsx bench/wasm.ts",
  description:
    "Measures the speed-up of training on WebAssembly by threads, and by training two towers at once in separate processes.",
  schema: z.strictObject({
    rounds: z.int().positive().default(12).describe("rounds in which the variants take turns"),
    data,
    cache,
    strict,
    seed,
    poster,
    ratings,
    train: trainField.unwrap().omit({ warmup: true, schedule: true, patience: true }).prefault({}),
  }),
};
const threads = [1, Math.min(MAX_WASM_THREADS, availableParallelism())];

interface Trainer {
  readonly job: TrainerJob & { readonly tower: Tower };
  readonly backend: string;
  readonly child: ChildProcess;
}

async function start(job: Trainer["job"]): Promise<Trainer> {
  const child = fork(fileURLToPath(new URL("./wasm/trainer.ts", import.meta.url)), {
    execArgv: ["--import", import.meta.resolve("tsx")],
    serialization: "advanced",
  });
  child.on("exit", (code) => {
    if (code) throw new Error(`the trainer of the ${job.tower} tower ended with status ${code}`);
  });
  child.send(job);
  return { job, child, backend: (await once(child, "message"))[0] as string };
}

async function train({ child, job }: Trainer): Promise<StepTimes> {
  const answer = once(child, "message");
  child.send(STEPS[job.tower]);
  return (await answer)[0] as StepTimes;
}

/** Measured steps by tower and variant. */
type Rows = Map<string, { readonly trainer: Trainer; readonly steps: StepTimes[] }>;

await runCommand(program, async ({ rounds, ...options }) => {
  const config = configSchema.parse(options);
  printTable(await measure(config, rounds), config, rounds);
  return 0;
});

async function measure(config: Config, rounds: number): Promise<Rows> {
  const trainers: Trainer[] = [];
  for (const tower of TOWERS) {
    for (const count of threads) trainers.push(await start({ tower, threads: count, config }));
  }
  const rows: Rows = new Map();
  function addSteps(name: string, trainer: Trainer, steps: StepTimes): void {
    const key = `${trainer.job.tower} | ${name}`;
    const row = rows.get(key) ?? { trainer, steps: [] };
    row.steps.push(steps);
    rows.set(key, row);
  }
  for (const trainer of trainers) await train(trainer); // warm-up: the first steps compile code
  const single = trainers.filter(({ job }) => job.threads === 1);
  for (let round = 0; round < rounds; round++) {
    for (const trainer of trainers) addSteps(trainer.backend, trainer, await train(trainer));
    const both = await Promise.all(single.map(train));
    for (const [i, trainer] of single.entries()) addSteps("both towers at once", trainer, both[i]!);
  }
  for (const { child } of trainers) child.disconnect();
  return rows;
}

function printTable(rows: Rows, config: Config, rounds: number): void {
  console.log(
    `${cpus()[0]?.model.trim()}, ${cpus().length} processors, node ${process.version}; ${rounds} rounds`,
  );
  console.log(
    "| tower | variant | ms per step: fastest tenth | median | main thread's CPU time, median | movies/s, fastest tenth | batch preparation | steps per run | run, s |",
  );
  console.log(`|${" --- |".repeat(9)}`);
  for (const [key, { trainer, steps }] of rows) {
    const { tower } = trainer.job;
    const whole = steps.flatMap((part) => part.whole);
    const batch = steps.flatMap((part) => part.batch);
    const processor = steps.flatMap((part) => part.processor);
    const fast = quantile(whole, 0.1);
    const { batchSize, epochs } = config[tower];
    const perRun = epochs * Math.ceil(MOVIES[tower] / batchSize);
    const cells = [
      ...[fast, quantile(whole, 0.5), quantile(processor, 0.5)].map((value) => value.toFixed(1)),
      ((1000 * batchSize) / fast).toFixed(0),
      `${((100 * quantile(batch, 0.5)) / quantile(whole, 0.5)).toFixed(1)} %`,
      perRun,
      ((perRun * fast) / 1000).toFixed(0),
    ];
    console.log(`| ${key} | ${cells.join(" | ")} |`);
  }
}
