/** `npm run worker`: trains folds and trials that runs and sweeps on other machines put into a queue. */

import { availableParallelism, hostname } from "node:os";
import { z } from "zod";
import { runCommand } from "../../node/command.ts";
import { runInProcess } from "../../node/jobs/process.ts";
import { connectRedis } from "../../node/jobs/queue/connect.ts";
import { queueUrl } from "../../node/jobs/queue/url.ts";
import { openStorage } from "../../node/storage/open.ts";
import { configFields, MAX_WASM_THREADS } from "../config/schema.ts";
import type { ExamineInput } from "../jobs/queue/examine.ts";
import type { Machine } from "../jobs/queue/machine.ts";
import { startTrainingWorker } from "../jobs/queue/worker.ts";

const program = {
  name: "npm run worker --",
  description: "Trains what runs and sweeps put into a queue; see docs/many-machines.md.",
  schema: z.strictObject({
    queue: queueUrl.describe("queue to take jobs from: redis://host:port (required)"),
    storage: z
      .string({ error: "is missing; name the folder that all machines share" })
      .min(1)
      .describe("folder that all machines share (required)"),
    data: configFields.shape.data,
    cache: configFields.shape.cache,
    slots: z.int().positive().default(1).describe("trainings at once"),
    threads: configFields.shape.threads.describe(
      "threads of each training with the wasm backend (default: the processors, divided among the slots)",
    ),
    name: z.string().min(1).optional().describe("name of this worker (default: host and process)"),
    lock: z
      .number()
      .positive()
      .default(30)
      .describe("seconds after which the jobs of a worker that says nothing go to others"),
  }),
};

await runCommand(program, async (options) => {
  const { queue: url, data, cache, slots } = options;
  const say = (text: string) => void process.stderr.write(`${new Date().toISOString()} ${text}\n`);
  const storage = openStorage(options.storage);
  const connection = await connectRedis({ url, onNotice: say });
  const machine = await runInProcess<never, Machine>({
    script: new URL("../jobs/queue/examine.ts", import.meta.url),
    input: { data, cache } satisfies ExamineInput,
    name: "reading the data set",
    signal: new AbortController().signal,
    onEvent() {},
  });
  const share = Math.floor(availableParallelism() / slots);
  const threads = options.threads ?? Math.min(MAX_WASM_THREADS, Math.max(1, share));
  const name = options.name ?? `${hostname()}-${process.pid}`;
  const worker = startTrainingWorker({
    connection,
    storage,
    machine,
    name,
    place: { data, cache, threads },
    slots,
    lockMs: options.lock * 1000,
    onNotice: say,
  });
  await worker.waitUntilReady();
  say(`${name} waits for jobs of ${machine.dataset} (${machine.tables.slice(0, 8)}) on ${url}`);
  await new Promise<void>((resolve) => worker.on("closed", resolve));
  return undefined;
});
