/** How many threads trainings get that go on at the same time. */

import { availableParallelism } from "node:os";
import { MAX_WASM_THREADS } from "./schema.ts";

/** @param trainings On this machine, which share its processors. @returns The threads of each, at least 1. */
export function threadsOfEach(trainings: number): number {
  const share = Math.floor(availableParallelism() / trainings);
  return Math.min(MAX_WASM_THREADS, Math.max(1, share));
}
