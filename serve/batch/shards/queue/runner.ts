/** The runner whose shards are scored by workers behind a queue, on any number of machines. */

import * as z from "zod";
import { openClient } from "../../../../node/jobs/queue/client.ts";
import { connectRedis } from "../../../../node/jobs/queue/connect.ts";
import { openStorage } from "../../../../node/storage/open.ts";
import { changedSince, readParts } from "../cut.ts";
import { keyOf, shardOutputSchema } from "../job.ts";
import type { ShardRunner } from "../runner.ts";

/** Name of the queue of shards. */
export const QUEUE = "shards";

/** Shards in the queue: enough for many workers, few enough that Redis and storage hold little at a time. */
const AT_ONCE = 256;

/** Input from outside. */
const resultSchema = z.union([
  z.strictObject({ output: shardOutputSchema }),
  z.strictObject({ wrong: z.strictObject({ field: z.string(), detail: z.string() }) }),
]);

export interface QueueRunnerOptions {
  /** `redis://` or `rediss://`; secrets come by the environment. */
  readonly url: string;
  /** The storage that all workers have, too. */
  readonly storage: string;
  readonly onNotice: (text: string) => void;
}

/** @throws Error saying what to do, if Redis or the storage cannot be reached. */
export async function createQueueRunner(options: QueueRunnerOptions): Promise<ShardRunner> {
  const { url, onNotice } = options;
  const storage = openStorage(options.storage, onNotice);
  const connection = await connectRedis({ url, onNotice });
  const client = await openClient({
    queue: QUEUE,
    connection,
    onNote: (_, { text }) => text !== undefined && onNotice(text),
    onNotice,
  });
  return {
    atOnce: AT_ONCE,
    // The queue tries again by itself.
    tries: 1,
    async score({ job, path, place }, name) {
      if (
        !("stored" in place) &&
        (await storage.put(await readParts(place))) !== job.rows.content
      ) {
        throw changedSince(path);
      }
      return resultSchema.parse(await client.run({ key: keyOf(job), name, data: job, lost: true }));
    },
    async close() {
      await client.close();
      connection.disconnect();
    },
  };
}
