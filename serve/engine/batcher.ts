/**
 * Dynamic micro-batching: items that wait at the same time run together, and none waits for one that is not
 * expected.
 */

import type { BatchItem, BatchOutput } from "./batchItems.ts";
import { BATCHES_AHEAD, type Thread } from "./threads.ts";

/** Padding may at most double the elements of a batch, beyond this many. */
const FREE_PADDING = 1 << 16;

export interface BatchRecord {
  /** Items in it. */
  readonly rows: number;
  readonly requests: number;
  /** Duration of the thread's work, without decoding. */
  readonly seconds: number;
  /** Decoding time of each image. */
  readonly decodeSeconds: readonly number[];
}

export interface BatcherOptions {
  /** Work, in rows. */
  readonly maxBatch: number;
  readonly maxDelayMs: number;
  /**
   * Whether threads share out what waits and are given a batch ahead: on a CPU, where a large batch takes as long as several
   * small ones.
   */
  readonly spread: boolean;
  /** How many accepted requests will soon be here: worth a wait of `maxDelayMs`. */
  readonly expected: () => number;
  readonly onBatch?: (batch: BatchRecord) => void;
  /** Called for each item with the time it waited. */
  readonly onWait?: (seconds: number) => void;
}

/**
 * Called with each stage that a request has gone through.
 *
 * @param from Its start on the clock of `performance.now`.
 * @param to Its end.
 * @param attributes What else is known of it.
 */
export type StageListener = (
  stage: string,
  from: number,
  to: number,
  attributes?: Readonly<Record<string, number>>,
) => void;

/** The request that waits for a result. */
export interface Waiter {
  /** Aborted when the client has disconnected or the time is up. */
  readonly signal: AbortSignal;
  /** Called when the request is in the queue, and no longer expected. */
  readonly arrived: () => void;
  /** Undefined where the request is not traced. */
  readonly onStage?: StageListener | undefined;
}

interface QueueEntry {
  readonly item: BatchItem<unknown>;
  readonly since: number;
  readonly onStage: StageListener | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface ThreadLoad {
  readonly thread: Thread;
  /** Given to it and not finished. */
  batches: number;
}

export class Batcher {
  readonly #options: BatcherOptions;
  readonly #threads: readonly ThreadLoad[];
  #queue: QueueEntry[] = [];
  #weight = 0;
  #timer: NodeJS.Timeout | undefined;
  #scheduled = false;

  constructor(threads: readonly Thread[], options: BatcherOptions) {
    this.#options = options;
    this.#threads = threads.map((thread) => ({ thread, batches: 0 }));
  }

  /** Work that waits for a thread, in rows. */
  get depth(): number {
    return this.#weight;
  }

  /** @throws The signal's reason, if it is aborted before the item is given to a thread; from then on it runs. */
  add<Result>(item: BatchItem<Result>, waiter?: Waiter): Promise<Result> {
    waiter?.arrived();
    const signal = waiter?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const stopListening = () => signal?.removeEventListener("abort", leave);
      const entry: QueueEntry = {
        item: item as BatchItem<unknown>,
        since: performance.now(),
        onStage: waiter?.onStage,
        resolve: (result) => {
          stopListening();
          resolve(result as Result);
        },
        reject: (error) => {
          stopListening();
          reject(error);
        },
      };
      const leave = () => {
        // An item that runs already is not stopped; its answer is dropped.
        if (!this.#queue.includes(entry)) return;
        this.#queue = this.#queue.filter((other) => other !== entry);
        this.#weight -= item.weight;
        entry.reject(signal!.reason);
      };
      this.#queue.push(entry);
      this.#weight += item.weight;
      signal?.addEventListener("abort", leave, { once: true });
      this.#schedule();
    });
  }

  /** Requests that arrive in the same turn of the event loop share a batch, at no cost to any of them. */
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
      const weight = batch.reduce((sum, { item }) => sum + item.weight, 0);
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

  /**
   * Threads that can take a batch: those with none; else, if there are items for each of them, those with none
   * ahead.
   */
  #free(): ThreadLoad[] {
    const fewest = Math.min(...this.#threads.map(({ batches }) => batches));
    const free = this.#threads.filter(({ batches }) => batches === fewest);
    const ahead = this.#options.spread && this.#queue.length >= free.length ? BATCHES_AHEAD : 1;
    return fewest < ahead ? free : [];
  }

  /** The oldest entry and those after it that can run with it, up to `most` rows of work. */
  #next(most: number): QueueEntry[] {
    const [first, ...others] = this.#queue as [QueueEntry, ...QueueEntry[]];
    const batch = [first];
    let { rows, weight, elements } = first.item;
    let widest = elements / rows;
    for (const entry of others) {
      const { item } = entry;
      if (weight + item.weight > most) break;
      if (item.signature !== first.item.signature) continue;
      const width = Math.max(widest, item.elements / item.rows);
      if (width * (rows + item.rows) > 2 * (elements + item.elements) + FREE_PADDING) continue;
      batch.push(entry);
      rows += item.rows;
      weight += item.weight;
      elements += item.elements;
      widest = width;
    }
    return batch;
  }

  async #runOn(place: ThreadLoad, batch: readonly QueueEntry[]): Promise<void> {
    place.batches++;
    try {
      await this.#run(place.thread, batch);
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error);
      // One of them fails the batch: each is run by itself.
      else for (const entry of batch) await this.#run(place.thread, [entry]).catch(entry.reject);
    } finally {
      place.batches--;
      this.#pump();
    }
  }

  async #run(thread: Thread, batch: readonly QueueEntry[]): Promise<void> {
    const items = batch.map(({ item }) => item);
    const output: BatchOutput<unknown> = await items[0]!.runner.run(thread, items);
    const { results, seconds, decodeSeconds } = output;
    const now = performance.now();
    const decoding = decodeSeconds.reduce((sum, each) => sum + each, 0);
    const record = {
      rows: items.reduce((sum, item) => sum + item.rows, 0),
      requests: batch.length,
      decodeSeconds,
      seconds: Math.max(0, seconds - decoding),
    };
    for (const [i, { since, onStage, resolve }] of batch.entries()) {
      this.#options.onWait?.(Math.max(0, (now - since) / 1000 - seconds));
      if (onStage) traceBatch(onStage, { since, now, ...record });
      resolve(results[i]);
    }
    this.#options.onBatch?.(record);
  }
}

/** An item's stages are those of its batch: first all images are decoded, then the graph runs. */
function traceBatch(
  onStage: StageListener,
  {
    since,
    now,
    rows,
    requests,
    seconds,
    decodeSeconds,
  }: BatchRecord & { since: number; now: number },
): void {
  const inferred = now - seconds * 1000;
  const decoding = decodeSeconds.reduce((sum, each) => sum + each, 0);
  const begun = Math.max(since, inferred - decoding * 1000);
  onStage("queue", since, begun);
  if (decodeSeconds.length > 0) {
    onStage("decode", begun, inferred, { "marquee.batch.images": decodeSeconds.length });
  }
  onStage("inference", inferred, now, {
    "marquee.batch.rows": rows,
    "marquee.batch.requests": requests,
  });
}
