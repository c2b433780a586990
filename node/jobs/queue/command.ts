/** What the commands of workers have in common. */

import { hostname } from "node:os";
import { z } from "zod";
import { queueUrl } from "./url.ts";

/** Options of every worker. @param jobs What it takes, in help texts: "jobs". */
export const workerFields = (jobs: string) => ({
  queue: queueUrl.describe(`queue to take ${jobs} from: redis://host:port (required)`),
  name: z.string().min(1).optional().describe("name of this worker (default: host and process)"),
  lock: z
    .number()
    .positive()
    .default(30)
    .describe(`seconds after which the ${jobs} of a worker that says nothing go to others`),
});

/** The name of a worker that was given none. */
export function defaultName(): string {
  return `${hostname()}-${process.pid}`;
}

/** Writes a line for people, with the time. */
export function say(text: string): void {
  process.stderr.write(`${new Date().toISOString()} ${text}\n`);
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}
