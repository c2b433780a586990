/** `npm run worker`: trains folds and trials that runs and sweeps on other machines put into a queue. */

import * as z from "zod";
import { runCommand } from "../../node/command.ts";
import { runInProcess } from "../../node/jobs/process.ts";
import {
  attendWorker,
  checkAdminKey,
  defaultName,
  say,
  workerFields,
} from "../../node/jobs/queue/command.ts";
import { connectRedis } from "../../node/jobs/queue/connect.ts";
import { openStorage } from "../../node/storage/open.ts";
import { configFields } from "../config/schema.ts";
import { threadsOfEach } from "../config/threads.ts";
import type { ExamineInput } from "../jobs/queue/examine.ts";
import type { Machine } from "../jobs/queue/machine.ts";
import { QUEUE } from "../jobs/queue/runner.ts";
import { startTrainingWorker } from "../jobs/queue/worker.ts";

const program = {
  name: "npm run worker --",
  description: "Trains what runs and sweeps put into a queue; see docs/many-machines.md.",
  schema: z.strictObject({
    ...workerFields("jobs"),
    storage: z
      .string({ error: "is missing; name the folder that all machines share" })
      .min(1)
      .describe("folder that all machines share (required)"),
    data: configFields.shape.data,
    cache: configFields.shape.cache,
    slots: z.int().positive().default(1).describe("number of trainings at once"),
    threads: configFields.shape.threads.describe(
      "threads of each training with the wasm backend (default: the CPU cores, divided among the slots)",
    ),
  }),
};

await runCommand(program, async (options) => {
  checkAdminKey(options);
  const { queue: url, data, cache, slots } = options;
  const storage = openStorage(options.storage, say);
  const connection = await connectRedis({ url, onNotice: say });
  try {
    const machine = await runInProcess<never, Machine>({
      script: new URL("../jobs/queue/examine.ts", import.meta.url),
      input: { data, cache } satisfies ExamineInput,
      name: "reading the data set",
      signal: new AbortController().signal,
      onEvent() {},
    });
    const threads = options.threads ?? threadsOfEach(slots);
    const name = options.name ?? defaultName();
    const started = startTrainingWorker({
      connection,
      storage,
      machine,
      name,
      place: { data, cache, threads },
      slots,
      lockMs: options.lock * 1000,
      onNotice: say,
    });
    await attendWorker({
      ...{ options, queue: QUEUE, connection, started },
      ready: `${name} is waiting for jobs of ${machine.dataset} (${machine.tables.slice(0, 8)}) on ${url}`,
      unfinished: "what was being trained",
    });
  } finally {
    connection.disconnect();
  }
  return undefined;
});
