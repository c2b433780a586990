/** The threads that answer from one bundle. */

import { Piscina } from "piscina";
import type { Provider } from "../../node/session.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import type { Run } from "../../predictor/tensor.ts";
import type { Question, Reply } from "./question.ts";
import type { Opened, WorkerSetup } from "./worker.ts";

/** One thread: batches wait in it for each other. */
export interface Thread {
  /** Takes the feeds' buffers away from the caller: they are moved, not copied. */
  readonly run: Run;
  readonly answer: (questions: readonly Question[]) => Promise<Reply[]>;
}

export interface Threads extends Opened {
  readonly all: readonly Thread[];
  /** Waits for running batches. */
  close(): Promise<void>;
}

export interface ThreadOptions extends Pick<WorkerSetup, "threads" | "maxPixels" | "keepPixels"> {
  readonly workers: number;
  readonly provider: Provider | "auto";
}

/**
 * Starts the threads and has each open and try its session.
 *
 * @throws Error if the graph cannot run.
 */
export async function startThreads(
  graph: Uint8Array,
  manifest: Manifest,
  { workers, provider, threads, maxPixels, keepPixels }: ThreadOptions,
): Promise<Threads> {
  const shared = new SharedArrayBuffer(graph.length);
  new Uint8Array(shared).set(graph);
  const pools: Piscina[] = [];
  const start = async (wanted: Provider | "auto"): Promise<Opened> => {
    const setup: WorkerSetup = {
      ...{ graph: shared, manifest, wanted },
      ...{ threads, maxPixels, keepPixels },
    };
    // A pool of one, so that it is known which threads are free.
    const pool = new Piscina({
      filename: new URL("./worker.ts", import.meta.url).href,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: 2,
      name: "open",
      workerData: setup,
    });
    pools.push(pool);
    return pool.run(undefined);
  };
  const close = async () => {
    await Promise.all(pools.map((pool) => pool.run(undefined, { name: "close" }).catch(() => {})));
    await Promise.all(pools.map((pool) => pool.destroy()));
  };
  try {
    // The first finds the provider; the others need not look again.
    const opened = await start(provider);
    await Promise.all(Array.from({ length: workers - 1 }, () => start(opened.provider)));
    return { ...opened, all: pools.map(threadOf), close };
  } catch (error) {
    await Promise.all(pools.map((pool) => pool.destroy()));
    throw error;
  }
}

function threadOf(pool: Piscina): Thread {
  return {
    run: (feeds) => {
      const buffers = new Set(Object.values(feeds).map(({ data }) => data.buffer));
      return pool.run(feeds, {
        name: "run",
        transferList: [...buffers] as ArrayBuffer[],
      }) as ReturnType<Run>;
    },
    answer: (questions) => pool.run(questions, { name: "answer" }) as Promise<Reply[]>,
  };
}
