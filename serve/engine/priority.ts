/** Priorities of threads, which matter if there are more of them than processors. */

import { platform, setPriority } from "node:os";

/** Nice value (maximum 19); enough that a busy thread does not keep the event loop waiting. */
const NICENESS = 10;

/**
 * Lowers the priority of the calling thread, and of those that it starts, below the event loop's: answers, refusals and
 * health checks are short, and must not wait for batches. On Linux each thread has a priority of its own (setpriority(2),
 * notes); elsewhere the priority is the process's, and is left as it is.
 */
export function lowerThreadPriority(): void {
  if (platform() !== "linux") return;
  try {
    setPriority(NICENESS);
  } catch {
    // A sandbox may forbid it; then all threads have the same priority.
  }
}
