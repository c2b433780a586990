/** The end of a queue that gives jobs and waits for them. It may stop and come back: jobs are found again by their keys. */

import type { EventEmitter } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { FlowProducer, type Job, Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import { JOB_OPTIONS, type Note, noteSchema, PREFIX } from "./queue.ts";

/** How often a job is asked for that says nothing, in milliseconds: an event may be lost when Redis restarts. */
const ASK_MS = 30_000;

/** Wait before a job is added that the queue has lost, in milliseconds. */
const ADD_AGAIN_MS = 500;

export interface Work {
  /** SHA-256 of what the job is: equal jobs are one. */
  readonly key: string;
  /** For people. */
  readonly name: string;
  /** Plain JSON. */
  readonly data: unknown;
  /** Whether what an equal job has made is gone: one that is finished is done again. */
  readonly lost?: boolean;
}

export interface QueueClient {
  /**
   * Adds a job, or joins the one that is there. One that was set aside is tried again, and one that the queue has lost, as
   * when Redis was cleared, is added again.
   *
   * @param children Jobs that it waits for, and no other job does; it begins early if one of them fails.
   * @returns What its work returned.
   * @throws Error with the reason if it was set aside.
   */
  run(work: Work, children?: readonly Work[]): Promise<unknown>;
  /** Number of workers that are connected. */
  workers(): Promise<number>;
  /** Jobs go on without it; what waits for them fails at once. */
  close(): Promise<void>;
}

export interface QueueClientOptions {
  readonly queue: string;
  readonly connection: Redis;
  /** Called with what workers say of any job of the queue. */
  readonly onNote: (key: string, note: Note) => void;
  /** Called when a job is added again. */
  readonly onNotice?: (text: string) => void;
  /** How often a job is asked for that says nothing, in milliseconds. */
  readonly askMs?: number;
}

export async function openClient(options: QueueClientOptions): Promise<QueueClient> {
  const { queue: queueName, connection, onNote, onNotice, askMs = ASK_MS } = options;
  const settings = { connection, prefix: PREFIX };
  const queue = new Queue(queueName, settings);
  const flows = new FlowProducer(settings);
  const events = new QueueEvents(queueName, settings);
  // Connections have their own notices.
  const ignore = () => {};
  queue.on("error", ignore);
  flows.on("error", ignore);
  events.on("error", ignore);
  // A listener for every job that is waited for.
  events.setMaxListeners(0);
  queue.setMaxListeners(0);
  events.on("progress", ({ jobId, data }) => {
    const note = noteSchema.safeParse(data);
    if (note.success) onNote(jobId, note.data);
  });
  await events.waitUntilReady();

  /** Whether the job is there; one that failed, or whose output is lost, is removed. */
  async function isThere({ key, lost = false }: Work): Promise<boolean> {
    const job = await queue.getJob(key);
    if (job === undefined) return false;
    if (!(await job.isFailed()) && !(lost && (await job.isCompleted()))) return true;
    await job.remove({ removeChildren: false });
    return false;
  }

  /** Keys of jobs that are waited for, each as often as it is. */
  const waiting: string[] = [];
  let closed = false;

  /** @throws Error with the reason, if the job was set aside; after a while without news, or when the client closes. */
  async function wait(job: Job): Promise<unknown> {
    waiting.push(job.id!);
    try {
      return await job.waitUntilFinished(events, askMs);
    } finally {
      waiting.splice(waiting.indexOf(job.id!), 1);
    }
  }

  async function add(work: Work, children: readonly Work[]): Promise<void> {
    if (await isThere(work)) return;
    for (const child of children) await isThere(child);
    const node = ({ key, name, data }: Work) => ({
      queueName,
      name,
      data,
      opts: { ...JOB_OPTIONS, jobId: key },
    });
    await flows.add({
      ...node(work),
      children: children.map((child) => {
        const { opts, ...rest } = node(child);
        return { ...rest, opts: { ...opts, continueParentOnFailure: true } };
      }),
    });
  }

  return {
    async run(work, children = []) {
      await add(work, children);
      for (;;) {
        const job = await queue.getJob(work.key);
        if (job === undefined) {
          onNotice?.(`${work.name} is no longer in the queue; adding it again`);
          await pause(ADD_AGAIN_MS);
          await add(work, children);
          continue;
        }
        try {
          return await wait(job);
        } catch (error) {
          if (closed)
            throw new Error(`${work.name} continues in the queue, but nobody is waiting for it`);
          if (!/timed out before finishing|Missing key for job/.test((error as Error).message)) {
            throw error;
          }
        }
      }
    },
    workers: () => queue.getWorkersCount(),
    async close() {
      closed = true;
      // BullMQ's own waiting would go on, and keep the process, until it asks again.
      for (const jobId of [...waiting]) {
        (events as EventEmitter).emit(`failed:${jobId}`, { jobId, failedReason: "closed" });
      }
      await Promise.allSettled([events.close(), flows.close(), queue.close()]);
    },
  };
}
