/** The local runner: a process per fold on this machine, and scoring in this one. */

import { availableParallelism } from "node:os";
import pLimit from "p-limit";
import { runInProcess } from "../../node/jobs/process.ts";
import type { Config } from "../config/schema.ts";
import { threadsOfEach } from "../config/threads.ts";
import { scoreFolds } from "../folds/score.ts";
import { type CrossValidation, summarizeFolds } from "../folds/summary.ts";
import type { FoldOutputs, FoldResult } from "../folds/trainFold.ts";
import {
  type FoldJob,
  foldsOf,
  type Job,
  nameOf,
  type OutputOf,
  seedOf,
  type TrialJob,
} from "./job.ts";
import type { JobRunner, OnEvent, TrainingEvent } from "./runner.ts";
import type { WorkInput } from "./work.ts";

export interface LocalRunnerOptions {
  /** Where the data set is, and how many processes and threads train. */
  readonly config: Pick<Config, "data" | "cache" | "strict" | "folds" | "foldWorkers" | "threads">;
  /** Where each fold saves its states; without it, an interrupted fold starts again. */
  readonly outputsOfFold?: ((fold: FoldJob) => FoldOutputs) | undefined;
  /** Does a fold; default: in a process of its own. */
  readonly runWork?: typeof runInProcess;
}

/** Outputs depend on the jobs, not on the number of processes. */
export function createLocalRunner(options: LocalRunnerOptions): JobRunner {
  const { config, outputsOfFold, runWork = runInProcess } = options;
  const processes = config.foldWorkers ?? Math.min(config.folds, availableParallelism());
  const limit = pLimit(processes);
  const threads = config.threads ?? threadsOfEach(processes);
  const { data, cache, strict } = config;
  const closing = new AbortController();

  async function trainFold(
    job: FoldJob,
    signal: AbortSignal,
    onEvent: OnEvent,
  ): Promise<FoldResult> {
    const place = { data, cache, strict, threads, outputs: outputsOfFold?.(job) };
    const result = await runWork<TrainingEvent, FoldResult>({
      script: new URL("./work.ts", import.meta.url),
      input: { job, place } satisfies WorkInput,
      name: nameOf(job),
      signal,
      onEvent: (event) => onEvent(event, job),
    });
    onEvent({ done: true }, job);
    return result;
  }

  async function scoreTrial(job: TrialJob, onEvent: OnEvent): Promise<CrossValidation> {
    const failed = new AbortController();
    const signal = AbortSignal.any([closing.signal, failed.signal]);
    try {
      const results = await Promise.all(
        foldsOf(job).map((fold) => limit(() => trainFold(fold, signal, onEvent))),
      );
      return summarizeFolds(await scoreFolds(results, seedOf(job)));
    } finally {
      failed.abort();
    }
  }

  return {
    trialsAtOnce: 1,
    capacity: async () => processes,
    run: <J extends Job>(job: J, onEvent: OnEvent) =>
      (job.kind === "fold"
        ? limit(() => trainFold(job, closing.signal, onEvent))
        : scoreTrial(job, onEvent)) as Promise<OutputOf<J>>,
    async close() {
      closing.abort();
    },
  };
}
