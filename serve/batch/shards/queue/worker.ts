/** A worker that scores: takes shards from a queue, which processes with the model open do one after another. */

import type { Redis } from "ioredis";
import { openManifest, versionOf } from "../../../../node/bundle.ts";
import { IncompatibleError } from "../../../../node/jobs/incompatible.ts";
import { createPool } from "../../../../node/jobs/pool.ts";
import { parseTask } from "../../../../node/jobs/queue/parseTask.ts";
import { type QueueWorker, startWorker, type Task } from "../../../../node/jobs/queue/worker.ts";
import type { Storage } from "../../../../node/storage/storage.ts";
import { keyOf, nameOf, runtimeVersion, type ShardJob, shardJobSchema } from "../job.ts";
import { findOutput } from "../score.ts";
import type { ShardResult, ShardWork } from "../work.ts";
import { QUEUE } from "./runner.ts";

export interface ShardWorkerOptions {
  readonly connection: Redis;
  readonly storage: Storage;
  /** The bundle. */
  readonly model: string;
  /** Names this worker to people. */
  readonly name: string;
  /** Shards at once, each in a process with one thread. */
  readonly slots: number;
  readonly lockMs: number;
  readonly onNotice: (text: string) => void;
}

/** @throws Error naming what is wrong with the bundle. */
export async function startShardWorker(options: ShardWorkerOptions): Promise<QueueWorker> {
  const { connection, storage, model, name, slots, lockMs, onNotice } = options;
  const version = versionOf(await openManifest(model));
  const pool = createPool<ShardWork, ShardResult>({
    script: new URL("../work.ts", import.meta.url),
    processes: slots,
    onNotice,
  });

  async function work(task: Task): Promise<ShardResult> {
    const job = parseTask(task, "shard", shardJobSchema, keyOf);
    const output = await findOutput(storage, job);
    if (output) return { output };
    checkFit(job, version);
    const path = job.rows.file ?? "the input";
    const place = { stored: true } as const;
    const shard = nameOf(job, path);
    // A worker that stops gives its shards back at once.
    const stopped = new Promise<never>((_, reject) => {
      task.signal.addEventListener("abort", () => reject(new Error(`${shard} was stopped`)));
    });
    const scored = pool.run({ job, model, path, place, storage: storage.url }, shard);
    return Promise.race([scored, stopped]);
  }

  const started = startWorker({
    ...{ queue: QUEUE, connection, machine: name, slots, lockMs, onNotice, work },
  });
  return {
    ...started,
    async stop() {
      await started.stop();
      pool.close();
    },
  };
}

/** @throws IncompatibleError where this machine would give other answers. */
function checkFit({ scoring }: ShardJob, version: string): void {
  const { model, runtime } = scoring;
  if (model !== version)
    throw new IncompatibleError(`its bundle is ${version}, the shard's ${model}`);
  const here = runtimeVersion();
  if (runtime !== here)
    throw new IncompatibleError(`its ONNX Runtime is ${here}, the shard's ${runtime}`);
}
