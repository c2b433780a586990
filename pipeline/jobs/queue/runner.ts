/** The runner whose jobs are done by workers behind a queue, on any number of machines. */

import { existsSync } from "node:fs";
import { cp } from "node:fs/promises";
import { openClient, type Work } from "../../../node/jobs/queue/client.ts";
import { connectRedis } from "../../../node/jobs/queue/connect.ts";
import type { Note } from "../../../node/jobs/queue/queue.ts";
import { openStorage } from "../../../node/storage/open.ts";
import type { Scratch } from "../../../node/storage/storage.ts";
import {
  type FoldJob,
  foldsOf,
  type Job,
  keyOf,
  nameOf,
  type OutputOf,
  type Payload,
} from "../job.ts";
import type { PreparedFile } from "../prepared.ts";
import { type JobRunner, type OnEvent, trainingEventSchema } from "../runner.ts";
import { findOutput, logsOf, type Reference, readOutput, referenceSchema } from "./output.ts";
import { offer } from "./prepared.ts";

/** Name of the queue of trainings. */
export const QUEUE = "trainings";

export interface QueueRunnerOptions {
  /** `redis://` or `rediss://`; secrets come by the environment. */
  readonly url: string;
  /** The storage that all workers have, too. */
  readonly storage: string;
  readonly onNotice: (text: string) => void;
  /** Where a fold's training log belongs; undefined: none is wanted. */
  readonly logsOfFold?: ((fold: FoldJob) => string | undefined) | undefined;
  /** How often a job is asked for that says nothing, in milliseconds. */
  readonly askMs?: number;
}

/** @throws Error saying what to do, if Redis or the storage cannot be reached. */
export async function createQueueRunner(options: QueueRunnerOptions): Promise<JobRunner> {
  const { url, onNotice, logsOfFold, askMs } = options;
  const storage = openStorage(options.storage, onNotice);
  const connection = await connectRedis({ url, onNotice });
  const said = new Set<string>();
  const watched = new Map<string, (note: Note) => void>();
  const client = await openClient({
    queue: QUEUE,
    connection,
    onNote: (key, note) => watched.get(key)?.(note),
    onNotice,
    ...(askMs === undefined ? {} : { askMs }),
  });

  if ((await client.workers()) === 0) {
    onNotice(`no worker is connected to ${url}; jobs wait until one is started: npm run worker`);
  }
  const offered = new Map<string, Promise<void>>();

  /** What cannot be offered, workers prepare themselves. */
  async function offerOnce(files: readonly PreparedFile[]): Promise<void> {
    for (const file of files) {
      const done =
        offered.get(file.name) ??
        offer(storage, [file]).catch(({ message }: Error) =>
          onNotice(`${file.path} is not in the storage (${message}); workers prepare their own`),
        );
      offered.set(file.name, done);
      await done;
    }
  }

  async function run<J extends Job>(
    job: J,
    onEvent: OnEvent,
    prepared: readonly PreparedFile[] = [],
  ): Promise<OutputOf<J>> {
    await offerOnce(prepared);
    const folds = job.kind === "trial" ? foldsOf(job) : [];
    const all = [job, ...folds];
    for (const one of all) {
      // That the job itself is done is said once, when its output is here.
      const forward: OnEvent = (event, ...from) => {
        if (one !== job || !("done" in event)) onEvent(event, ...from);
      };
      watched.set(keyOf(one), (note) => {
        // A worker that a job does not fit says so again and again, of each job.
        const { text } = note;
        const known = text !== undefined && GIVEN_BACK.test(text) && said.has(text);
        if (text !== undefined) said.add(text);
        if (!known) tell(note, one, forward);
      });
    }
    try {
      const logs = job.kind === "fold" ? logsOfFold?.(job) : undefined;
      const output = await outputOf(job, folds, logs !== undefined);
      if (logs !== undefined) {
        await collectLogs(storage.scratch(logsOf(job)), logs).catch(({ message }: Error) =>
          onNotice(`the training log of ${nameOf(job)} is lost: ${message}`),
        );
      }
      const result = await readOutput<J>(storage, output);
      onEvent({ done: true }, job);
      return result;
    } finally {
      for (const one of all) watched.delete(keyOf(one));
    }
  }

  /** What the storage has is not asked for: the queue may have been cleared, or know of outputs that were. */
  async function outputOf(job: Job, folds: readonly FoldJob[], log: boolean): Promise<Reference> {
    const done = await findOutput(storage, job);
    if (done) return done;
    const children = await Promise.all(
      folds.map(async (fold) => ({
        ...workOf(fold, false),
        lost: (await findOutput(storage, fold)) === undefined,
      })),
    );
    const output = await client.run({ ...workOf(job, log), lost: true }, children);
    return referenceSchema.parse(output);
  }

  return {
    trialsAtOnce: Number.POSITIVE_INFINITY,
    capacity: client.workers,
    run,
    async close() {
      await client.close();
      connection.disconnect();
    },
  };
}

/** Notes that say the same for many jobs. */
const GIVEN_BACK = /^given back by /;

function workOf(job: Job, log: boolean): Work {
  return { key: keyOf(job), name: nameOf(job), data: { job, log } satisfies Payload };
}

/** An output that was there already has no log of this run. */
async function collectLogs(from: Scratch, to: string): Promise<void> {
  await from.pull();
  if (!existsSync(from.folder)) return;
  await cp(from.folder, to, { recursive: true });
  await from.remove();
}

function tell({ machine, event, text }: Note, job: Job, onEvent: OnEvent): void {
  if (text !== undefined) onEvent({ note: text }, job);
  const parsed = trainingEventSchema.safeParse(event);
  if (parsed.success) onEvent(parsed.data, job, machine);
}
