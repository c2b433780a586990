/** `npm run predict:worker`: scores shards that `npm run predict -- --shards` on other machines puts into a queue. */

import { availableParallelism, hostname } from "node:os";
import { z } from "zod";
import { runCommand } from "../node/command.ts";
import { findBundle, modelOption } from "../node/findBundle.ts";
import { connectRedis } from "../node/jobs/queue/connect.ts";
import { queueUrl } from "../node/jobs/queue/url.ts";
import { openStorage } from "../node/storage/open.ts";
import { startShardWorker } from "./batch/shards/queue/worker.ts";

const program = {
  name: "npm run predict:worker --",
  description: "Scores shards that npm run predict puts into a queue; see docs/many-machines.md.",
  schema: z.strictObject({
    queue: queueUrl.describe("queue to take shards from: redis://host:port (required)"),
    storage: z
      .string({ error: "is missing; name the folder or bucket that all machines share" })
      .min(1)
      .describe("folder or s3://BUCKET/PREFIX that all machines share (required)"),
    model: modelOption,
    slots: z
      .int()
      .positive()
      .default(availableParallelism())
      .describe("shards at once, of one thread each"),
    name: z.string().min(1).optional().describe("name of this worker (default: host and process)"),
    lock: z
      .number()
      .positive()
      .default(30)
      .describe("seconds after which the shards of a worker that says nothing go to others"),
  }),
};

await runCommand(program, async (options) => {
  const { queue: url, slots } = options;
  const say = (text: string) => void process.stderr.write(`${new Date().toISOString()} ${text}\n`);
  const model = options.model ?? (await findBundle());
  const storage = openStorage(options.storage);
  const connection = await connectRedis({ url, onNotice: say });
  const name = options.name ?? `${hostname()}-${process.pid}`;
  const { worker, stop } = await startShardWorker({
    ...{ connection, storage, model, name, slots, lockMs: options.lock * 1000, onNotice: say },
  });
  await worker.waitUntilReady();
  say(`${name} waits for shards for ${model} on ${url}`);
  await new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
  say("stopping; others go on with what was being scored");
  await stop();
  connection.disconnect();
  return undefined;
});
