/** What a model has done since it was first loaded: what the statistics extension of the protocol reports. */

import type { BatchRecord } from "./batcher.ts";

/** How often something happened, and how long it took altogether, in seconds. */
export interface Tally {
  readonly count: number;
  readonly seconds: number;
}

const NOTHING: Tally = { count: 0, seconds: 0 };

export class ModelStatistics {
  /** When a request was last answered, in milliseconds since 1970; 0: never. */
  lastAnswered = 0;
  answered = NOTHING;
  failed = NOTHING;
  /** Waits for a thread, of items. */
  waits = NOTHING;
  /** Images that were decoded. */
  decoded = NOTHING;
  /** Runs of the graph. */
  runs = NOTHING;
  /** Items that the graph has answered. */
  rows = 0;
  /** Runs by the number of items in them. */
  readonly batches = new Map<number, Tally>();

  request(succeeded: boolean, seconds: number): void {
    if (succeeded) {
      this.answered = plus(this.answered, seconds);
      this.lastAnswered = Date.now();
    } else this.failed = plus(this.failed, seconds);
  }

  wait(seconds: number): void {
    this.waits = plus(this.waits, seconds);
  }

  batch({ rows, seconds, decodeSeconds }: BatchRecord): void {
    for (const each of decodeSeconds) this.decode(each);
    this.runs = plus(this.runs, seconds);
    this.rows += rows;
    this.batches.set(rows, plus(this.batches.get(rows) ?? NOTHING, seconds));
  }

  decode(seconds: number): void {
    this.decoded = plus(this.decoded, seconds);
  }
}

function plus({ count, seconds }: Tally, more: number): Tally {
  return { count: count + 1, seconds: seconds + more };
}
