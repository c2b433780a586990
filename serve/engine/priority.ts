/** Which threads go first where there are more of them than processors. */

import { platform, setPriority } from "node:os";

/** Of 19; enough that a thread which has work to do does not keep the event loop waiting. */
const LOWER = 10;

/**
 * Lets every other thread go before the one that calls, and before those that it starts: answers, refusals and health checks are
 * short, and must not wait for batches. On Linux a thread has a priority of its own (setpriority(2), notes); elsewhere it is the
 * process's, and is left as it is.
 */
export function giveWay(): void {
  if (platform() !== "linux") return;
  try {
    setPriority(LOWER);
  } catch {
    // A sandbox may forbid it; then threads take turns as ever.
  }
}
