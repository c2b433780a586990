/** Stand-ins for trainings: steps of some milliseconds whose outputs depend on the job alone, as those of trainings do. */

import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { writeFileAtomic } from "../../../node/files.ts";
import type { ProcessOptions, runInProcess } from "../../../node/jobs/process.ts";
import { openStorage } from "../../../node/storage/open.ts";
import { FORMAT } from "../../../pipeline/checkpoint/identity.ts";
import { scoreFolds } from "../../../pipeline/folds/score.ts";
import { summarizeFolds } from "../../../pipeline/folds/summary.ts";
import type { FoldResult } from "../../../pipeline/folds/trainFold.ts";
import {
  type FoldJob,
  type Job,
  keyOf,
  nameOf,
  seedOf,
  type TrialJob,
} from "../../../pipeline/jobs/job.ts";
import type { Machine } from "../../../pipeline/jobs/queue/machine.ts";
import { keepOutput, readOutput } from "../../../pipeline/jobs/queue/output.ts";
import type { QueueWork } from "../../../pipeline/jobs/queue/work.ts";
import type { TrainingEvent } from "../../../pipeline/jobs/runner.ts";
import { drawMovies, heldOut, PRIOR } from "../heldOutMovies.ts";

/** Milliseconds of a step, unless a test says another time. */
const STEP_MS = 10;
const TOWER = "title";

/** What the folds of a trial do, by their numbers. */
export interface Plan {
  /** Steps of each fold; default: 1. */
  readonly steps?: readonly number[];
  /** Folds that fail. */
  readonly broken?: readonly number[];
}

/** Fits the jobs of `standInTrial`. */
export const MACHINE: Machine = {
  versions: { node: "1" },
  tables: "a".repeat(64),
  dataset: "stand-in",
};

/** @param seed Trials of other seeds are others. */
export function standInTrial(seed: number, folds: number, plan: Plan = {}): TrialJob {
  return {
    kind: "trial",
    identity: {
      format: FORMAT,
      options: { folds, seed, backend: "wasm", plan },
      data: { tables: MACHINE.tables, posters: "b".repeat(64), files: {} },
      versions: { ...MACHINE.versions },
    },
  };
}

/** What a stand-in did, in order: "begins at step 3", "done", with the job's key before it. */
export type Record = (key: string, what: string) => void;

/**
 * @param stepMs Milliseconds of a job's steps; no output depends on them.
 * @returns What does jobs of either runner in this process.
 */
export function standIn(
  record: Record = () => {},
  stepMs: (key: string) => number = () => STEP_MS,
): typeof runInProcess {
  return async <Event, Output>(options: ProcessOptions<Event>): Promise<Output> => {
    const { name, signal } = options;
    const input = options.input as QueueWork | Omit<QueueWork, "storage" | "folds">;
    const emit = options.onEvent as (event: TrainingEvent) => void;
    const log = options.onOutput ?? (() => {});
    const { job } = input;
    try {
      if (job.kind === "trial") {
        const { folds, storage: url } = input as QueueWork;
        const storage = openStorage(url);
        const results = await Promise.all(folds.map((fold) => readOutput<FoldJob>(storage, fold)));
        const summary = summarizeFolds(await scoreFolds(results, seedOf(job)));
        return (await keepOutput(storage, job, summary)) as Output;
      }
      const result = await train(job, input, {
        ...{ signal, emit, log, record },
        stepMs: stepMs(keyOf(job)),
      });
      if (!("storage" in input)) return result as Output;
      return (await keepOutput(openStorage(input.storage), job, result)) as Output;
    } catch (error) {
      // As an error that a process sends.
      throw new Error(`${name} failed: ${(error as Error).message}`, { cause: error });
    } finally {
      record(keyOf(job), "ends");
    }
  };
}

interface Context {
  readonly signal: AbortSignal;
  readonly emit: (event: TrainingEvent) => void;
  readonly log: (line: string) => void;
  readonly record: Record;
  readonly stepMs: number;
}

async function train(
  job: FoldJob,
  { place }: Pick<QueueWork, "place">,
  { signal, emit, log, record, stepMs }: Context,
): Promise<FoldResult> {
  const { steps = [], broken = [] } = (job.identity.options.plan ?? {}) as Plan;
  const epochs = steps[job.fold] ?? 1;
  const folder = place.outputs?.place.folder;
  const state = folder && join(folder, `step-${keyOf(job)}`);
  const kept = state ? Number(await readFile(state, "utf8").catch(() => "0")) : 0;
  if (folder) await mkdir(folder, { recursive: true });
  if (kept > 0) emit({ resumed: `${TOWER} after epoch ${kept}` });
  record(keyOf(job), `begins at step ${kept}`);
  log(`${nameOf(job)} begins`);
  for (let epoch = kept + 1; epoch <= epochs; epoch++) {
    await pause(stepMs);
    signal.throwIfAborted();
    if (broken.includes(job.fold)) throw new Error("no fold can do this");
    if (state) await writeFileAtomic(state, String(epoch));
    emit({ epoch: { tower: TOWER, epoch, epochs, loss: 1 / epoch, seconds: stepMs / 1000 } });
  }
  return resultOf(job);
}

/** Random movies, drawn from everything that the job says. */
function resultOf(job: Job & FoldJob): FoldResult {
  const movies = heldOut(drawMovies(30, keyOf(job)));
  return {
    whole: movies,
    fewer: movies,
    fold: job.fold,
    ids: Array.from({ length: 30 }, (_, i) => `${job.fold} ${i}`),
    facts: Array.from({ length: 30 }, () => ({ present: ["title"], ratings: 0 })),
    grouping: {
      nouns: { item: "movie", items: "movies", label: "genre", labels: "genres" },
      images: [],
      rated: true,
    },
    target: { type: "labels", outputs: ["a", "b", "c", "d"], prior: PRIOR.slice() },
    towers: [],
  };
}
