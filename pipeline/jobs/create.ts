/** Chooses what runs jobs: a queue's workers where the options name one, else processes of this machine. */

import type { Console } from "../common/console.ts";
import type { Config } from "../config/schema.ts";
import type { FoldJob } from "./job.ts";
import { createLocalRunner, type LocalRunnerOptions } from "./local.ts";
import type { JobRunner } from "./runner.ts";

export interface RunnerOptions extends LocalRunnerOptions {
  readonly queue?: Pick<Config, "queue" | "storage"> | undefined;
  readonly out: Pick<Console, "warn">;
}

/** @throws Error saying what to do, if the queue cannot be reached. */
export async function createRunner(options: RunnerOptions): Promise<JobRunner> {
  const { queue: { queue: url, storage } = {}, out } = options;
  if (url === undefined || storage === undefined) return createLocalRunner(options);
  // Loaded only where it is wanted: most runs need no Redis client.
  const { createQueueRunner } = await import("./queue/runner.ts");
  const logsOfFold = (fold: FoldJob) => options.outputsOfFold?.(fold).logs;
  return createQueueRunner({ url, storage, onNotice: out.warn, logsOfFold });
}
