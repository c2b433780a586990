/** `npm run predict:worker`: scores shards that `npm run predict -- --shards` on other machines puts into a queue. */

import { availableParallelism } from "node:os";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { findBundle, modelOption } from "../node/findBundle.ts";
import {
  attendWorker,
  checkAdminKey,
  defaultName,
  say,
  workerFields,
} from "../node/jobs/queue/command.ts";
import { connectRedis } from "../node/jobs/queue/connect.ts";
import { openStorage } from "../node/storage/open.ts";
import { QUEUE } from "./batch/shards/queue/runner.ts";
import { startShardWorker } from "./batch/shards/queue/worker.ts";

const program = {
  name: "npm run predict:worker --",
  description: "Scores shards that npm run predict puts into a queue; see docs/many-machines.md.",
  schema: z.strictObject({
    ...workerFields("shards"),
    storage: z
      .string({ error: "is missing; name the folder or bucket that all machines share" })
      .min(1)
      .describe("folder or s3://BUCKET/PREFIX that all machines share (required)"),
    model: modelOption,
    slots: z
      .int()
      .positive()
      .default(availableParallelism())
      .describe("number of shards scored at once, on one thread each"),
  }),
};

await runCommand(program, async (options) => {
  checkAdminKey(options);
  const { queue: url, slots } = options;
  const model = options.model ?? (await findBundle());
  const storage = openStorage(options.storage, say);
  const connection = await connectRedis({ url, onNotice: say });
  try {
    const name = options.name ?? defaultName();
    const started = await startShardWorker({
      ...{ connection, storage, model, name, slots, lockMs: options.lock * 1000, onNotice: say },
    });
    await attendWorker({
      ...{ options, queue: QUEUE, connection, started },
      ready: `${name} is waiting for shards of ${model} on ${url}`,
      unfinished: "what was being scored",
    });
  } finally {
    connection.disconnect();
  }
  return undefined;
});
