/** Waits for what other processes, threads and timers bring about. */

import { setTimeout as pause } from "node:timers/promises";

/** More than anything that is waited for takes on a busy machine, and less than a test may. */
const MOST_MS = 120_000;

interface UntilOptions {
  /** What is waited for; default: the condition as it is written. */
  readonly name?: string;
  readonly mostMs?: number;
}

/** @throws Error naming the condition, if it does not come true in time. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { name = String(condition).replace(/\s+/g, " "), mostMs = MOST_MS }: UntilOptions = {},
): Promise<void> {
  const start = performance.now();
  while (!(await condition())) {
    if (performance.now() - start > mostMs) throw new Error(`not within ${mostMs} ms: ${name}`);
    await pause(10);
  }
}
