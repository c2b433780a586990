/** How many threads the runtime may use in this browser, and when one is to be tried in their place. */

import type { RuntimeFault } from "./runtimeFailure.ts";

/** More threads gain nothing on a graph of this size. */
const MAX_THREADS = 4;

/** Threads share memory, which browsers only allow on cross-origin isolated pages; the same in a page and in its workers. */
export function availableThreads(): number {
  return self.crossOriginIsolated ? Math.min(MAX_THREADS, navigator.hardwareConcurrency || 1) : 1;
}

/** What may be the threads' fault: they share memory, which takes more of it, and wait for each other. */
const OF_THREADS: readonly (RuntimeFault | undefined)[] = ["silent", "memory", "stopped"];

/** Whether a runtime that failed with so many threads may start with one. */
export function mayBeThreads(threads: number, fault: RuntimeFault | undefined): boolean {
  return threads > 1 && OF_THREADS.includes(fault);
}
