/** What the commands of workers have in common. */

import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import type { Redis } from "ioredis";
import * as z from "zod";
import { printable } from "./queue.ts";
import { queueUrl } from "./url.ts";
import type { QueueWorker } from "./worker.ts";

/** Options of every worker. @param jobs What it takes, in help texts: "jobs". */
export const workerFields = (jobs: string) => ({
  queue: queueUrl.describe(`queue to take ${jobs} from: redis://host:port (required)`),
  name: z.string().min(1).optional().describe("name of this worker (default: host and process)"),
  lock: z
    .number()
    .positive()
    .default(30)
    .describe(`seconds without a heartbeat after which a worker's ${jobs} go to others`),
  adminPort: z
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe(
      "port of /queues (Bull Board) and /metrics (Prometheus), behind the key in MARQUEE_ADMIN_KEY",
    ),
  adminHost: z.string().min(1).default("127.0.0.1").describe("address of the admin port"),
});

/** Shorter keys can be guessed. */
const MIN_KEY = 16;

interface AdminOptions {
  readonly adminPort?: number | undefined;
  readonly adminHost: string;
}

/** To be called before anything is started. @throws Error where an admin port is wanted and the environment has no good key. */
export function checkAdminKey({ adminPort }: Pick<AdminOptions, "adminPort">): void {
  if (adminPort === undefined || adminKey().length >= MIN_KEY) return;
  throw new Error(
    `--admin-port needs a key of at least ${MIN_KEY} characters in MARQUEE_ADMIN_KEY; make one with: openssl rand -hex 16`,
  );
}

const adminKey = () => process.env.MARQUEE_ADMIN_KEY ?? "";

export interface Attended {
  readonly options: AdminOptions;
  /** Name of the queue. */
  readonly queue: string;
  readonly connection: Redis;
  readonly started: QueueWorker;
  /** Said when the worker is ready. */
  readonly ready: string;
  /** What others go on with when it stops, in words. */
  readonly unfinished: string;
}

/** Opens the admin port, and stops the worker at the first SIGINT or SIGTERM. */
export async function attendWorker(attended: Attended): Promise<void> {
  const { options, queue, connection, started, ready, unfinished } = attended;
  const { worker, stop } = started;
  const { adminHost: host, adminPort } = options;
  await worker.waitUntilReady();
  let close = () => {};
  try {
    if (adminPort !== undefined) {
      // Loaded only where it is wanted.
      const { startAdmin } = await import("./admin.ts");
      const key = adminKey();
      const admin = await startAdmin({ host, port: adminPort, key, queue, connection, worker });
      close = () => admin.close();
      const { port } = admin.address() as AddressInfo;
      say(`admin on http://${host}:${port}/queues and /metrics`);
    }
    say(ready);
    await untilStopped();
    say(`stopping; others go on with ${unfinished}`);
  } finally {
    await stop();
    close();
  }
}

/** The name of a worker that was given none. */
export function defaultName(): string {
  return `${hostname()}-${process.pid}`;
}

/** Writes a line for people, with the time. */
export function say(text: string): void {
  process.stderr.write(`${new Date().toISOString()} ${printable.parse(text)}\n`);
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}
