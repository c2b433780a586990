/** What one request carries along to wherever it is worked on, without every function in between passing it. */

import { AsyncLocalStorage } from "node:async_hooks";

export interface Work {
  /** Aborted when the client is gone or the time is up. */
  readonly signal: AbortSignal;
  /** Told when the request's tensors reach the queue: nobody need wait for it any more. */
  readonly arrived: () => void;
}

const storage = new AsyncLocalStorage<Work>();

export const currentWork = (): Work | undefined => storage.getStore();

export function asWork<T>(work: Work, run: () => T): T {
  return storage.run(work, run);
}
