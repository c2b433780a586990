/** The threads that answer from one bundle. */

import { Piscina } from "piscina";
import type { Bundle } from "../../node/bundle.ts";
import { tryProviders } from "../../node/childSession.ts";
import { scriptUrl } from "../../node/script.ts";
import { type Provider, trialFeeds } from "../../node/session.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import type { PredictJob, PredictResult } from "./predictJob.ts";
import type { Tensors } from "./tensors.ts";
import type { SessionInfo, TimedResult, WorkerSetup } from "./worker.ts";

/** Most batches given to a thread, which works on one at a time: the second is there when the first is done. */
export const BATCHES_AHEAD = 2;

/** One thread; its batches run one after the other. */
export interface Thread {
  /** Takes the feeds' buffers away from the caller: they are moved, not copied. */
  readonly run: (feeds: Tensors) => Promise<TimedResult<Tensors>>;
  readonly predict: (jobs: readonly PredictJob[]) => Promise<TimedResult<PredictResult[]>>;
}

export interface Threads extends SessionInfo {
  readonly all: readonly Thread[];
  /** Waits for running batches. */
  close(): Promise<void>;
}

export interface ThreadOptions
  extends Pick<WorkerSetup, "threads" | "imageLimits" | "observe" | "returnPixels"> {
  readonly workers: number;
  readonly provider: Provider | "auto";
  /** Called with the lines that drivers write while providers are tried. */
  readonly onDrivers?: (said: readonly string[]) => void;
}

/**
 * Starts the threads and has each open and try its session.
 *
 * @throws Error if the graph cannot run.
 */
export async function startThreads(
  { graph, files }: Pick<Bundle, "graph" | "files">,
  manifest: Manifest,
  { workers, provider, threads, imageLimits, observe, returnPixels, onDrivers }: ThreadOptions,
): Promise<Threads> {
  const shared = new SharedArrayBuffer(graph.length);
  new Uint8Array(shared).set(graph);
  const pools: Piscina[] = [];
  const start = async (wanted: Provider): Promise<SessionInfo> => {
    const setup: WorkerSetup = {
      graph: shared,
      manifest,
      files,
      wanted,
      threads,
      imageLimits,
      observe,
      returnPixels,
    };
    // A pool of one, so that it is known which threads are free.
    const pool = new Piscina({
      filename: scriptUrl(new URL("./worker.ts", import.meta.url)).href,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: BATCHES_AHEAD,
      name: "open",
      workerData: setup,
    });
    pools.push(pool);
    return pool.run(undefined);
  };
  /** The CPU needs no trial but that of its thread. */
  const findProvider = async (wanted: Provider | "auto"): Promise<SessionInfo> => {
    if (wanted === "cpu") return { provider: "cpu", refused: [] };
    const trial = trialFeeds(manifest.graph.inputs);
    const { said, ...found } = await tryProviders(graph, trial, { wanted, threads });
    if (said.length > 0) onDrivers?.(said);
    return found;
  };
  const close = async () => {
    await Promise.all(pools.map((pool) => pool.run(undefined, { name: "close" }).catch(() => {})));
    await Promise.all(pools.map((pool) => pool.destroy()));
  };
  try {
    const found = await findProvider(provider);
    const info = await start(found.provider);
    await Promise.all(Array.from({ length: workers - 1 }, () => start(info.provider)));
    const refused = [...found.refused, ...info.refused];
    return { provider: info.provider, refused, all: pools.map(threadOf), close };
  } catch (error) {
    await Promise.all(pools.map((pool) => pool.destroy()));
    throw error;
  }
}

function threadOf(pool: Piscina): Thread {
  return {
    run: (feeds) => {
      const buffers = new Set(Object.values(feeds).map(({ data }) => data.buffer));
      const transferList = [...buffers] as ArrayBuffer[];
      return pool.run(feeds, { name: "run", transferList });
    },
    predict: (jobs) => pool.run(jobs, { name: "predict" }),
  };
}
