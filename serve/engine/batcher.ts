/** Dynamic micro-batching: jobs that wait at the same time are done together, and none waits for one that is not there. */

import type { Job } from "./jobs.ts";
import type { Thread } from "./threads.ts";

/** Batches that a thread has at most, where it works on one at a time: so that it need not wait for the next one. */
const AHEAD = 2;
/** Filling up may at most double what a batch holds, from this many elements on. */
const FREE_PADDING = 1 << 16;

export interface BatchRecord {
  readonly rows: number;
  readonly requests: number;
  /** In the thread, there and back, without decoding. */
  readonly seconds: number;
  /** Of each poster that was decoded. */
  readonly decodeSeconds: readonly number[];
}

export interface BatcherOptions {
  /** Rows. */
  readonly maxBatch: number;
  readonly maxDelayMs: number;
  /**
   * Threads share out what waits, and are given a batch ahead, because a large batch takes as long as several small ones: on a
   * CPU.
   */
  readonly spread: boolean;
  /** How many accepted requests will soon be here: worth a wait of `maxDelayMs`. */
  readonly expected: () => number;
  readonly onBatch?: (batch: BatchRecord) => void;
  readonly onWait?: (seconds: number) => void;
}

/** Who waits for the result. */
export interface Waiter {
  /** Aborted when the client is gone or the time is up. */
  readonly signal: AbortSignal;
  /** Told when the request is in the queue: nobody need wait for it any more. */
  readonly arrived: () => void;
}

interface Entry {
  readonly job: Job<unknown>;
  readonly since: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher {
  readonly #options: BatcherOptions;
  readonly #threads: readonly { readonly thread: Thread; batches: number }[];
  #queue: Entry[] = [];
  #rows = 0;
  #timer: NodeJS.Timeout | undefined;
  #scheduled = false;

  constructor(threads: readonly Thread[], options: BatcherOptions) {
    this.#options = options;
    this.#threads = threads.map((thread) => ({ thread, batches: 0 }));
  }

  /** Rows that wait for a thread. */
  get depth(): number {
    return this.#rows;
  }

  /** @throws The signal's reason, if it is aborted before the job has a thread. */
  add<Result>(job: Job<Result>, waiter?: Waiter): Promise<Result> {
    waiter?.arrived();
    return new Promise((resolve, reject) => {
      const signal = waiter?.signal;
      const done = () => signal?.removeEventListener("abort", leave);
      const entry: Entry = {
        job: job as Job<unknown>,
        since: performance.now(),
        resolve: (result) => {
          done();
          resolve(result as Result);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      const leave = () => {
        // What runs already is let run; its answer goes nowhere.
        if (!this.#queue.includes(entry)) return;
        this.#queue = this.#queue.filter((other) => other !== entry);
        this.#rows -= job.rows;
        entry.reject(signal!.reason);
      };
      this.#queue.push(entry);
      this.#rows += job.rows;
      signal?.addEventListener("abort", leave, { once: true });
      this.#schedule();
    });
  }

  /** Requests that arrive in the same turn of the event loop meet in one batch, at no cost to anyone. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { maxBatch, maxDelayMs, spread, expected } = this.#options;
    while (this.#queue.length > 0) {
      const free = this.#free();
      if (free.length === 0) return;
      const share = spread ? Math.ceil(this.#rows / free.length) : maxBatch;
      const batch = this.#next(Math.min(share, maxBatch));
      const rows = batch.reduce((sum, { job }) => sum + job.rows, 0);
      const left = maxDelayMs - (performance.now() - batch[0]!.since);
      const alone = batch.length === this.#queue.length;
      if (rows < maxBatch && alone && left > 0 && expected() > 0) {
        this.#timer = setTimeout(() => this.#pump(), left);
        return;
      }
      const taken = new Set(batch);
      this.#queue = this.#queue.filter((entry) => !taken.has(entry));
      this.#rows -= rows;
      void this.#runOn(free[0]!, batch, rows);
    }
  }

  /** Threads that can take a batch: those without one; else, if there is work for each of them, those without one ahead. */
  #free() {
    const fewest = Math.min(...this.#threads.map(({ batches }) => batches));
    const free = this.#threads.filter(({ batches }) => batches === fewest);
    const ahead = this.#options.spread && this.#rows >= free.length ? AHEAD : 1;
    return fewest < ahead ? free : [];
  }

  /** The oldest entry and those after it that fit in with it, up to `most` rows. */
  #next(most: number): Entry[] {
    const [first, ...others] = this.#queue as [Entry, ...Entry[]];
    const batch = [first];
    let { rows, elements } = first.job;
    let widest = elements / rows;
    for (const entry of others) {
      const { job } = entry;
      if (rows + job.rows > most) break;
      if (job.signature !== first.job.signature) continue;
      const width = Math.max(widest, job.elements / job.rows);
      if (width * (rows + job.rows) > 2 * (elements + job.elements) + FREE_PADDING) continue;
      batch.push(entry);
      rows += job.rows;
      elements += job.elements;
      widest = width;
    }
    return batch;
  }

  async #runOn(
    place: { readonly thread: Thread; batches: number },
    batch: readonly Entry[],
    rows: number,
  ): Promise<void> {
    const { thread } = place;
    place.batches++;
    const start = performance.now();
    for (const { since } of batch) this.#options.onWait?.((start - since) / 1000);
    let decodeSeconds: readonly number[] = [];
    try {
      decodeSeconds = await runTogether(thread, batch);
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error);
      // One of them spoils it for all: each is run by itself.
      else for (const entry of batch) await runTogether(thread, [entry]).catch(entry.reject);
    } finally {
      const decoding = decodeSeconds.reduce((sum, seconds) => sum + seconds, 0);
      this.#options.onBatch?.({
        ...{ rows, requests: batch.length, decodeSeconds },
        seconds: (performance.now() - start) / 1000 - decoding,
      });
      place.batches--;
      this.#pump();
    }
  }
}

async function runTogether(thread: Thread, batch: readonly Entry[]): Promise<readonly number[]> {
  const [first] = batch;
  const jobs = batch.map(({ job }) => job);
  const { results, decodeSeconds } = await first!.job.kind.run(thread, jobs);
  for (const [i, { resolve }] of batch.entries()) resolve(results[i]);
  return decodeSeconds;
}
