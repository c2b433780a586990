/** A worker that trains: takes folds and trials from a queue, each in a process of its own. */

import type { Redis } from "ioredis";
import { sha256 } from "../../../node/files.ts";
import { runInProcess } from "../../../node/jobs/process.ts";
import { parseTask } from "../../../node/jobs/queue/parseTask.ts";
import {
  PermanentError,
  type QueueWorker,
  startWorker,
  type Task,
} from "../../../node/jobs/queue/worker.ts";
import type { Storage } from "../../../node/storage/storage.ts";
import { foldsOf, keyOf, nameOf, payloadSchema, type TrialJob } from "../job.ts";
import type { Place } from "../runFold.ts";
import type { TrainingEvent } from "../runner.ts";
import { checkMachine, type Machine } from "./machine.ts";
import { checkpointsOf, findOutput, logsOf, type Reference, referenceSchema } from "./output.ts";
import { QUEUE } from "./runner.ts";
import type { QueueWork } from "./work.ts";

export interface TrainingWorkerOptions {
  readonly connection: Redis;
  readonly storage: Storage;
  readonly machine: Machine;
  /** Names this worker to people. */
  readonly name: string;
  readonly place: Pick<Place, "data" | "cache" | "threads">;
  /** Trainings at once. */
  readonly slots: number;
  readonly lockMs: number;
  readonly onNotice: (text: string) => void;
  /** Does a job; default: in a process of its own. */
  readonly runWork?: typeof runInProcess;
}

export function startTrainingWorker(options: TrainingWorkerOptions): QueueWorker {
  const { connection, name, slots, lockMs, onNotice } = options;
  return startWorker({
    queue: QUEUE,
    connection,
    machine: name,
    slots,
    lockMs,
    onNotice,
    work: (task) => workOn(task, options),
  });
}

async function workOn(task: Task, options: TrainingWorkerOptions): Promise<Reference> {
  const { storage, machine, onNotice, runWork = runInProcess } = options;
  const { job, log } = parseTask(task, "job", payloadSchema, (payload) => keyOf(payload.job));
  const done = await findOutput(storage, job);
  if (done) return done;
  checkMachine(machine, job.identity);
  const folds = job.kind === "trial" ? await outputsOfFolds(job, task) : [];
  const started = performance.now();
  onNotice(`${nameOf(job)} of ${task.key.slice(0, 8)} begins`);
  const checkpoints = storage.scratch(checkpointsOf(job));
  const reference = await runWork<TrainingEvent, Reference>({
    script: new URL("./work.ts", import.meta.url),
    input: {
      job,
      storage: storage.url,
      folds,
      place: {
        ...options.place,
        strict: false,
        outputs: {
          place: { folder: checkpoints.folder, run: sha256(JSON.stringify(job.identity)) },
          logs: log ? storage.scratch(logsOf(job)).folder : undefined,
          resumed: true,
        },
      },
    } satisfies QueueWork,
    name: nameOf(job),
    signal: task.signal,
    onEvent: task.tell,
    onOutput: task.log,
  });
  task.tell({ done: true } satisfies TrainingEvent);
  // The output is there: what is left behind does no harm.
  await checkpoints.remove().catch(({ message }: Error) => onNotice(message));
  const seconds = (performance.now() - started) / 1000;
  onNotice(`${nameOf(job)} of ${task.key.slice(0, 8)} done, ${seconds.toFixed(1)} s`);
  return reference;
}

/** @throws PermanentError naming the first fold that failed. */
async function outputsOfFolds(job: TrialJob, task: Task): Promise<Reference[]> {
  const { outputs, failures } = await task.children();
  const folds = foldsOf(job);
  for (const fold of folds) {
    const failure = failures.get(keyOf(fold));
    if (failure !== undefined) throw new PermanentError(failure);
  }
  return folds.map((fold) => {
    const reference = referenceSchema.safeParse(outputs.get(keyOf(fold)));
    if (!reference.success) throw new Error(`${nameOf(fold)} left no output`);
    return reference.data;
  });
}
