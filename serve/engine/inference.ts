/** The threads that run one bundle's graph. */

import { Piscina } from "piscina";
import type { Provider } from "../../node/session.ts";
import type { TensorInfo } from "../../predictor/manifest.ts";
import type { Run } from "../../predictor/tensor.ts";
import type { Opened, WorkerSetup } from "./inferenceWorker.ts";

/** One thread: at most one batch at a time. */
export interface InferenceThread {
  /** Takes the feeds' buffers away from the caller: they are moved, not copied. */
  readonly run: Run;
}

export interface Inference extends Opened {
  readonly threads: readonly InferenceThread[];
  /** Waits for running batches. */
  close(): Promise<void>;
}

interface Options {
  readonly workers: number;
  /** CPU threads of each. */
  readonly threads: number;
  readonly provider: Provider | "auto";
}

/**
 * Starts the threads and has each open and try its session.
 *
 * @throws Error if the graph cannot run.
 */
export async function startInference(
  graph: Uint8Array,
  inputs: readonly TensorInfo[],
  { workers, threads, provider }: Options,
): Promise<Inference> {
  const shared = new SharedArrayBuffer(graph.length);
  new Uint8Array(shared).set(graph);
  const pools: Piscina[] = [];
  const start = async (wanted: Provider | "auto"): Promise<Opened> => {
    const setup: WorkerSetup = { graph: shared, inputs, wanted, threads };
    // A pool of one, so that it is known which threads are free.
    const pool = new Piscina({
      filename: new URL("./inferenceWorker.ts", import.meta.url).href,
      minThreads: 1,
      maxThreads: 1,
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
    return {
      ...opened,
      threads: pools.map((pool) => ({
        run: (feeds) => {
          const buffers = new Set(Object.values(feeds).map(({ data }) => data.buffer));
          return pool.run(feeds, {
            name: "run",
            transferList: [...buffers] as ArrayBuffer[],
          }) as ReturnType<Run>;
        },
      })),
      close,
    };
  } catch (error) {
    await Promise.all(pools.map((pool) => pool.destroy()));
    throw error;
  }
}
