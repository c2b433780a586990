/** What scores shards: processes of this machine, or workers behind a queue. */

import { createPool } from "../../../node/jobs/pool.ts";
import type { ShardResult, ShardWork } from "./work.ts";

export interface ShardRunner {
  /** Shards that it should be given at once. */
  readonly atOnce: number;
  /** Tries of a shard before it is set aside, each a call of `score`. */
  readonly tries: number;
  /**
   * @param name Begins the errors.
   * @throws Error if the shard cannot be scored, or the process that had it is gone.
   */
  score(work: ShardWork, name: string): Promise<ShardResult>;
  /** Stops what is scored here; other machines go on. */
  close(): Promise<void>;
}

/** Shards that are cut before a process has time for them, for each process: enough that none waits. */
const AHEAD = 2;

/** @param processes Of this machine. @param onNotice Called when one has died. */
export function createLocalRunner(
  processes: number,
  onNotice: (text: string) => void,
): ShardRunner {
  const pool = createPool<ShardWork, ShardResult>({
    script: new URL("./work.ts", import.meta.url),
    processes,
    onNotice,
  });
  return {
    atOnce: processes * AHEAD,
    tries: 3,
    score: pool.run,
    close: async () => pool.close(),
  };
}
