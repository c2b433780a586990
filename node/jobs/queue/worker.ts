/** A worker of a queue: takes jobs, hands them to whoever does them, and tells the queue how that went. */

import { DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { IncompatibleError } from "../incompatible.ts";
import { ATTEMPTS, type Note, PREFIX } from "./queue.ts";

/** A job whose workers die this often is set aside: it may be what kills them. */
const MAX_STALLED = 10;
/** A job that does not fit is offered again after this time. */
const GIVE_BACK_MS = 1000;
/**
 * A worker that has given a job back takes none for a while, so that others get it: this long the first time, twice as long
 * for every further one in a row.
 */
const STEP_BACK_MS = 3000;
const MAX_STEP_BACK_MS = 60_000;

/** A job that will fail wherever it is tried. */
export class PermanentError extends Error {}

export interface Task {
  /** As it came: input from outside. */
  readonly data: unknown;
  /** SHA-256 that its sender gave it. */
  readonly key: string;
  /** Aborted when the job has been given to another worker, or this one stops. */
  readonly signal: AbortSignal;
  /** Outputs of the jobs that it waited for, by their keys; those that failed are reasons. */
  children(): Promise<Children>;
  /** Tells those who wait. */
  tell(event: unknown): void;
  /** Adds a line to the job's log, which is kept with it. */
  log(line: string): void;
}

export interface Children {
  readonly outputs: ReadonlyMap<string, unknown>;
  readonly failures: ReadonlyMap<string, string>;
}

export interface QueueWorkerOptions {
  readonly queue: string;
  readonly connection: Redis;
  /** Names this worker to people. */
  readonly machine: string;
  /** Jobs at once. */
  readonly slots: number;
  /** A worker that has not been heard of for so long loses its jobs to others, in milliseconds. */
  readonly lockMs: number;
  /** @throws IncompatibleError, or PermanentError; any other error is tried again, up to three times in all. */
  readonly work: (task: Task) => Promise<unknown>;
  readonly onNotice: (text: string) => void;
}

export interface QueueWorker {
  /** BullMQ's worker, for its events. */
  readonly worker: Worker;
  /** Stops what is done here; others go on with it at once. */
  stop(): Promise<void>;
}

export function startWorker(options: QueueWorkerOptions): QueueWorker {
  const { queue, connection, machine, slots, lockMs, onNotice } = options;
  let stopping = false;
  let givenBack = 0;
  const work = async (job: Job, token?: string, signal?: AbortSignal) => {
    try {
      const output = await process(job, { token, signal, isStopping: () => stopping }, options);
      givenBack = 0;
      return output;
    } catch (error) {
      if (error instanceof DelayedError) await stepBack();
      throw error;
    }
  };
  const stepBack = async () => {
    if (worker.isPaused()) return;
    const wait = Math.min(MAX_STEP_BACK_MS, STEP_BACK_MS * 2 ** givenBack++);
    // What it is doing in other slots goes on.
    await worker.pause(true);
    setTimeout(() => {
      if (!stopping) void worker.resume();
    }, wait).unref();
  };
  // BullMQ hands a signal only to functions that say they take one.
  const worker = new Worker(queue, (job, token, signal) => work(job, token, signal), {
    connection,
    prefix: PREFIX,
    name: machine,
    concurrency: slots,
    lockDuration: lockMs,
    stalledInterval: lockMs,
    maxStalledCount: MAX_STALLED,
  });
  worker.on("lockRenewalFailed", (ids) => {
    for (const id of ids) {
      onNotice(`${short(id)} was given to another worker, because this one was away for too long`);
      worker.cancelJob(id, "given to another worker");
    }
  });
  worker.on("stalled", (id) => onNotice(`${short(id)} was taken back from a worker that is gone`));
  // Connections have their own notices; what is left concerns jobs that were given to others.
  worker.on("error", () => {});
  return {
    worker,
    async stop() {
      stopping = true;
      worker.cancelAllJobs("the worker stops");
      await worker.close();
    },
  };
}

interface Lock {
  readonly token: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly isStopping: () => boolean;
}

async function process(
  job: Job,
  { token, signal, isStopping }: Lock,
  { machine, work, onNotice }: QueueWorkerOptions,
): Promise<unknown> {
  const note = (content: Omit<Note, "machine">) =>
    // A note that cannot be delivered must not fail a training.
    void job.updateProgress({ machine, ...content } satisfies Note).catch(() => {});
  const log = (line: string) => void job.log(`${machine}: ${line}`).catch(() => {});
  try {
    return await work({
      data: job.data,
      key: job.id!,
      signal: signal ?? new AbortController().signal,
      children: () => childrenOf(job),
      tell: (event) => note({ event }),
      log,
    });
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof IncompatibleError) {
      const text = `given back by ${machine}: ${message}`;
      onNotice(`${short(job.id!)} ${text}`);
      note({ text });
      await job.log(text);
      await job.moveToDelayed(Date.now() + GIVE_BACK_MS, token);
      throw new DelayedError();
    }
    if (signal?.aborted && isStopping()) {
      note({ text: `${machine} stops` });
      await job.moveToWait(token);
      throw new WaitingError();
    }
    if (signal?.aborted) throw error;
    const tries = error instanceof PermanentError ? ATTEMPTS : job.attemptsMade + 1;
    const text = `${message} (try ${tries} of ${ATTEMPTS})`;
    onNotice(`${short(job.id!)} failed: ${text}`);
    note({ text });
    log(text);
    throw error instanceof PermanentError ? new UnrecoverableError(message) : error;
  }
}

async function childrenOf(job: Job): Promise<Children> {
  const [outputs, failures] = await Promise.all([
    job.getChildrenValues<unknown>(),
    job.getIgnoredChildrenFailures(),
  ]);
  // Once one has failed, nobody needs those that have not begun.
  if (Object.keys(failures).length > 0) await job.removeUnprocessedChildren();
  // "marquee:trainings:<key>"
  const byKey = <T>(values: Readonly<Record<string, T>>) =>
    new Map(Object.entries(values).map(([name, value]) => [name.split(":").at(-1)!, value]));
  return { outputs: byKey(outputs), failures: byKey(failures) };
}

/** A job's key as people see it. */
function short(key: string): string {
  return `job ${key.slice(0, 8)}`;
}
