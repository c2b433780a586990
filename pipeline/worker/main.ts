/** `npm run worker`: trains folds and trials that runs and sweeps on other machines put into a queue. */

import type { AddressInfo } from "node:net";
import { z } from "zod";
import { runCommand } from "../../node/command.ts";
import { runInProcess } from "../../node/jobs/process.ts";
import { startAdmin } from "../../node/jobs/queue/admin.ts";
import { defaultName, say, untilStopped, workerFields } from "../../node/jobs/queue/command.ts";
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
    slots: z.int().positive().default(1).describe("trainings at once"),
    threads: configFields.shape.threads.describe(
      "threads of each training with the wasm backend (default: the processors, divided among the slots)",
    ),
    adminPort: z
      .int()
      .min(0)
      .max(65_535)
      .optional()
      .describe(
        "port of /queues (Bull Board) and /metrics (Prometheus), behind the key in MARQUEE_ADMIN_KEY",
      ),
    adminHost: z.string().min(1).default("127.0.0.1").describe("address of the admin port"),
  }),
};

await runCommand(program, async (options) => {
  const { queue: url, data, cache, slots } = options;
  const storage = openStorage(options.storage);
  const connection = await connectRedis({ url, onNotice: say });
  const machine = await runInProcess<never, Machine>({
    script: new URL("../jobs/queue/examine.ts", import.meta.url),
    input: { data, cache } satisfies ExamineInput,
    name: "reading the data set",
    signal: new AbortController().signal,
    onEvent() {},
  });
  const threads = options.threads ?? threadsOfEach(slots);
  const name = options.name ?? defaultName();
  const { worker, stop } = startTrainingWorker({
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
  const admin =
    options.adminPort === undefined
      ? undefined
      : await startAdmin({
          host: options.adminHost,
          port: options.adminPort,
          key: adminKey(),
          queue: QUEUE,
          connection,
          worker,
        });
  if (admin) {
    const { port } = admin.address() as AddressInfo;
    say(`admin on http://${options.adminHost}:${port}/queues and /metrics`);
  }
  say(`${name} waits for jobs of ${machine.dataset} (${machine.tables.slice(0, 8)}) on ${url}`);
  await untilStopped();
  say("stopping; others go on with what was being trained");
  await stop();
  admin?.close();
  connection.disconnect();
  return undefined;
});

/** Shorter keys can be guessed. */
const MIN_KEY = 16;

/** @throws Error where the environment has no good key. */
function adminKey(): string {
  const key = process.env.MARQUEE_ADMIN_KEY ?? "";
  if (key.length >= MIN_KEY) return key;
  throw new Error(
    `--admin-port needs a key of at least ${MIN_KEY} characters in MARQUEE_ADMIN_KEY; make one with: openssl rand -hex 16`,
  );
}
