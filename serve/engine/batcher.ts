/** Dynamic micro-batching: requests that wait at the same time are run together, and none waits for one that is not there. */

import type { TensorInfo } from "../../predictor/manifest.ts";
import { elementCount, type Run, type Tensor } from "../../predictor/tensor.ts";
import type { InferenceThread } from "./inference.ts";
import { concatenate, rowsOf, signatureOf, sliceRows, type Tensors } from "./tensors.ts";
import { currentWork } from "./work.ts";

/** Filling up may at most double what a batch holds, from this many elements on. */
const FREE_PADDING = 1 << 16;

export interface BatchRecord {
  readonly rows: number;
  readonly requests: number;
  /** In the thread, there and back. */
  readonly seconds: number;
}

interface Options {
  readonly threads: readonly InferenceThread[];
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Rows. */
  readonly maxBatch: number;
  readonly maxDelayMs: number;
  /** Threads that are free share out what waits, because a batch takes as long as its movies one by one: on a CPU. */
  readonly spread: boolean;
  /** How many accepted requests will soon be here: worth a wait of `maxDelayMs`. */
  readonly expected: () => number;
  readonly onBatch?: (batch: BatchRecord) => void;
  readonly onWait?: (seconds: number) => void;
}

interface Entry {
  readonly feeds: Tensors;
  readonly rows: number;
  readonly signature: string;
  readonly since: number;
  readonly resolve: (outputs: Tensors) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher {
  readonly #options: Options;
  readonly #idle: InferenceThread[];
  readonly #padded: ReadonlySet<string>;
  #queue: Entry[] = [];
  #rows = 0;
  #timer: NodeJS.Timeout | undefined;
  #scheduled = false;

  constructor(options: Options) {
    this.#options = options;
    this.#idle = [...options.threads];
    const isDynamic = ({ shape }: TensorInfo) => typeof shape[1] === "string";
    // An output that has the dimension would have to be cut again; none of ours has.
    const paddable = !options.outputs.some(isDynamic);
    this.#padded = new Set(
      paddable ? options.inputs.filter(isDynamic).map(({ name }) => name) : [],
    );
  }

  /** Rows that wait for a thread. */
  get depth(): number {
    return this.#rows;
  }

  /** Runs the graph on feeds that become the batcher's own; more than `maxBatch` rows are run in parts. */
  readonly run: Run = async (feeds) => {
    const rows = rowsOf(feeds);
    const { maxBatch } = this.#options;
    if (rows <= maxBatch) return await this.#enqueue(feeds, rows);
    const parts: Promise<Tensors>[] = [];
    for (let from = 0; from < rows; from += maxBatch) {
      const to = Math.min(rows, from + maxBatch);
      parts.push(this.#enqueue(sliceRows(feeds, from, to), to - from));
    }
    return concatenate(await Promise.all(parts));
  };

  #enqueue(feeds: Tensors, rows: number): Promise<Record<string, Tensor>> {
    const work = currentWork();
    work?.arrived();
    return new Promise((resolve, reject) => {
      const signal = work?.signal;
      const done = () => signal?.removeEventListener("abort", leave);
      const entry: Entry = {
        feeds,
        rows,
        signature: signatureOf(feeds, this.#padded),
        since: performance.now(),
        resolve: (outputs) => {
          done();
          resolve(outputs);
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
        this.#rows -= rows;
        entry.reject(signal!.reason);
      };
      this.#queue.push(entry);
      this.#rows += rows;
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
    while (this.#queue.length > 0 && this.#idle.length > 0) {
      const { maxBatch, maxDelayMs, spread, expected } = this.#options;
      const share = spread ? Math.ceil(this.#rows / this.#idle.length) : maxBatch;
      const batch = this.#next(Math.min(share, maxBatch));
      const rows = batch.reduce((sum, entry) => sum + entry.rows, 0);
      const left = maxDelayMs - (performance.now() - batch[0]!.since);
      const alone = batch.length === this.#queue.length;
      if (rows < maxBatch && alone && left > 0 && expected() > 0) {
        this.#timer = setTimeout(() => this.#pump(), left);
        return;
      }
      const taken = new Set(batch);
      this.#queue = this.#queue.filter((entry) => !taken.has(entry));
      this.#rows -= rows;
      void this.#runOn(this.#idle.pop()!, batch, rows);
    }
  }

  /** The oldest entry and those after it that fit in with it, up to `most` rows. */
  #next(most: number): Entry[] {
    const [first, ...others] = this.#queue as [Entry, ...Entry[]];
    const batch = [first];
    let rows = first.rows;
    let elements = sizeOf(first);
    let widest = elements / rows;
    for (const entry of others) {
      if (rows + entry.rows > most) break;
      if (entry.signature !== first.signature) continue;
      const size = sizeOf(entry);
      const width = Math.max(widest, size / entry.rows);
      if (width * (rows + entry.rows) > 2 * (elements + size) + FREE_PADDING) continue;
      batch.push(entry);
      rows += entry.rows;
      elements += size;
      widest = width;
    }
    return batch;
  }

  async #runOn(thread: InferenceThread, batch: readonly Entry[], rows: number): Promise<void> {
    const start = performance.now();
    for (const { since } of batch) this.#options.onWait?.((start - since) / 1000);
    try {
      if (batch.length === 1) {
        batch[0]!.resolve(await thread.run(batch[0]!.feeds));
      } else {
        const outputs = await thread.run(concatenate(batch.map(({ feeds }) => feeds)));
        let from = 0;
        for (const entry of batch) {
          entry.resolve(sliceRows(outputs, from, from + entry.rows));
          from += entry.rows;
        }
      }
    } catch (error) {
      if (batch.length === 1) batch[0]!.reject(error);
      // One of them spoils it for all: each is run by itself.
      else for (const entry of batch) await this.#runAlone(thread, entry);
    } finally {
      this.#options.onBatch?.({
        rows,
        requests: batch.length,
        seconds: (performance.now() - start) / 1000,
      });
      this.#idle.push(thread);
      this.#pump();
    }
  }

  async #runAlone(thread: InferenceThread, entry: Entry): Promise<void> {
    try {
      entry.resolve(await thread.run(entry.feeds));
    } catch (error) {
      entry.reject(error);
    }
  }
}

function sizeOf({ feeds }: Entry): number {
  return Object.values(feeds).reduce((sum, { dims }) => sum + elementCount(dims), 0);
}
