/** How many threads the runtime may use in this browser. */

/** More threads gain nothing on a graph of this size. */
const MAX_THREADS = 4;

/** Threads share memory, which browsers only allow on cross-origin isolated pages; the same in a page and in its workers. */
export function availableThreads(): number {
  return self.crossOriginIsolated ? Math.min(MAX_THREADS, navigator.hardwareConcurrency || 1) : 1;
}
