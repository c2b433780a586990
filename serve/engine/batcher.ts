/** Dynamic micro-batching: jobs that wait at the same time are done together, and none waits for one that is not there. */

import type { Job, Ran } from "./jobs.ts";
import { BATCHES_AHEAD, type Thread } from "./threads.ts";

/** Filling up may at most double what a batch holds, from this many elements on. */
const FREE_PADDING = 1 << 16;

export interface BatchRecord {
  /** Movies. */
  readonly rows: number;
  readonly requests: number;
  /** Of the thread's work, without decoding. */
  readonly seconds: number;
  /** Of each poster that was decoded. */
  readonly decodeSeconds: readonly number[];
}

export interface BatcherOptions {
  /** Movies, or as much work. */
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
  /** Told of each job how long it was not worked on. */
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
  #weight = 0;
  #timer: NodeJS.Timeout | undefined;
  #scheduled = false;

  constructor(threads: readonly Thread[], options: BatcherOptions) {
    this.#options = options;
    this.#threads = threads.map((thread) => ({ thread, batches: 0 }));
  }

  /** Movies, or as much work, that wait for a thread. */
  get depth(): number {
    return this.#weight;
  }

  /** @throws The signal's reason, if it is aborted before the job is given to a thread; from then on it is done. */
  add<Result>(job: Job<Result>, waiter?: Waiter): Promise<Result> {
    waiter?.arrived();
    const signal = waiter?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
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
        this.#weight -= job.weight;
        entry.reject(signal!.reason);
      };
      this.#queue.push(entry);
      this.#weight += job.weight;
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
      const share = spread ? Math.ceil(this.#weight / free.length) : maxBatch;
      const batch = this.#next(Math.min(share, maxBatch));
      const weight = batch.reduce((sum, { job }) => sum + job.weight, 0);
      const left = maxDelayMs - (performance.now() - batch[0]!.since);
      const alone = batch.length === this.#queue.length;
      if (weight < maxBatch && alone && left > 0 && expected() > 0) {
        this.#timer = setTimeout(() => this.#pump(), left);
        return;
      }
      const taken = new Set(batch);
      this.#queue = this.#queue.filter((entry) => !taken.has(entry));
      this.#weight -= weight;
      void this.#runOn(free[0]!, batch);
    }
  }

  /** Threads that can take a batch: those without one; else, if there are jobs for each of them, those without one ahead. */
  #free() {
    const fewest = Math.min(...this.#threads.map(({ batches }) => batches));
    const free = this.#threads.filter(({ batches }) => batches === fewest);
    const ahead = this.#options.spread && this.#queue.length >= free.length ? BATCHES_AHEAD : 1;
    return fewest < ahead ? free : [];
  }

  /** The oldest entry and those after it that fit in with it, up to `most` movies, or as much work. */
  #next(most: number): Entry[] {
    const [first, ...others] = this.#queue as [Entry, ...Entry[]];
    const batch = [first];
    let { rows, weight, elements } = first.job;
    let widest = elements / rows;
    for (const entry of others) {
      const { job } = entry;
      if (weight + job.weight > most) break;
      if (job.signature !== first.job.signature) continue;
      const width = Math.max(widest, job.elements / job.rows);
      if (width * (rows + job.rows) > 2 * (elements + job.elements) + FREE_PADDING) continue;
      batch.push(entry);
      rows += job.rows;
      weight += job.weight;
      elements += job.elements;
      widest = width;
    }
    return batch;
  }

  async #runOn(
    place: { readonly thread: Thread; batches: number },
    batch: readonly Entry[],
  ): Promise<void> {
    place.batches++;
    try {
      await this.#run(place.thread, batch);
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error);
      // One of them spoils it for all: each is run by itself.
      else for (const entry of batch) await this.#run(place.thread, [entry]).catch(entry.reject);
    } finally {
      place.batches--;
      this.#pump();
    }
  }

  async #run(thread: Thread, batch: readonly Entry[]): Promise<void> {
    const jobs = batch.map(({ job }) => job);
    const ran: Ran<unknown> = await jobs[0]!.kind.run(thread, jobs);
    const { results, seconds, decodeSeconds } = ran;
    const now = performance.now();
    for (const [i, { since, resolve }] of batch.entries()) {
      this.#options.onWait?.(Math.max(0, (now - since) / 1000 - seconds));
      resolve(results[i]);
    }
    this.#options.onBatch?.({
      rows: jobs.reduce((sum, job) => sum + job.rows, 0),
      ...{ requests: batch.length, decodeSeconds },
      seconds: Math.max(0, seconds - decodeSeconds.reduce((sum, each) => sum + each, 0)),
    });
  }
}
