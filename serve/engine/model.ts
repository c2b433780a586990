/** A bundle that answers: its threads, its batches, its predictions. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Bundle, openBundle } from "../../node/bundle.ts";
import type { Provider } from "../../node/session.ts";
import type { Answer } from "../../predictor/answer.ts";
import { InputError } from "../../predictor/errors.ts";
import type { Manifest, Precision } from "../../predictor/manifest.ts";
import { movieInputs } from "../../predictor/movie.ts";
import { Batcher, type BatcherOptions, type Waiter } from "./batcher.ts";
import { paddable, predictItem, tensorItem } from "./batchItems.ts";
import { LargePosters } from "./largePosters.ts";
import type { PosterCache } from "./posterCache.ts";
import type { PredictJob } from "./predictJob.ts";
import { concatenate, rowsOf, sliceRows, type Tensors } from "./tensors.ts";
import { startThreads, type ThreadOptions, type Threads } from "./threads.ts";

/** Defaults: a CPU's caches hold few posters; a GPU wants large batches, which are worth a wait. */
const MAX_BATCH = { cpu: 8, gpu: 64 };
const MAX_DELAY_MS = { cpu: 0, gpu: 2 };

export interface Model {
  readonly manifest: Manifest;
  /** Names the bundle's content: the first digits of its manifest's SHA-256. */
  readonly version: string;
  /** Markdown; undefined where the bundle has none. */
  readonly card: string | undefined;
  readonly precision: Precision;
  readonly provider: Provider;
  readonly refused: Threads["refused"];
  /** @throws InputError naming the field that is wrong. */
  readonly predict: (job: PredictJob, waiter?: Waiter) => Promise<Answer>;
  /** Runs the graph on raw tensors, which become the model's own, in the same batches. */
  readonly run: (feeds: Tensors, waiter?: Waiter) => Promise<Tensors>;
  /** Movies that wait. */
  readonly depth: () => number;
  close(): Promise<void>;
}

export interface ModelOptions
  extends Omit<ThreadOptions, "returnPixels">,
    Pick<BatcherOptions, "expected" | "onBatch" | "onWait"> {
  readonly precision: Precision;
  /** 0 leaves it to the provider. */
  readonly maxBatch: number;
  /** Undefined leaves it to the provider. */
  readonly maxDelayMs?: number | undefined;
  readonly posters: PosterCache;
  /** Called for each poster that is decoded in a thread of its own, with the time it took. */
  readonly onDecode?: (seconds: number) => void;
}

/**
 * Opens a bundle, checks its files, starts its threads and runs a trial batch in each.
 *
 * @throws Error naming what is wrong with the bundle.
 */
export async function openModel(path: string, options: ModelOptions): Promise<Model> {
  const bundle = await openBundle(path, options.precision);
  const { manifest } = bundle;
  const threads = await startThreads(bundle.graph, manifest, {
    ...options,
    returnPixels: options.posters.isEnabled,
  });
  const kind = threads.provider === "cpu" ? "cpu" : "gpu";
  const maxBatch = options.maxBatch || MAX_BATCH[kind];
  const batcher = new Batcher(threads.all, {
    ...options,
    maxBatch,
    maxDelayMs: options.maxDelayMs ?? MAX_DELAY_MS[kind],
    spread: kind === "cpu",
  });
  const large = new LargePosters({ threads: options.workers, maxPixels: options.maxPixels });
  const predict = createPredict({ batcher, large, manifest, options });
  const close = async () => {
    await Promise.all([threads.close(), large.close()]);
  };
  try {
    // The trial batches ran; this one also checks that the outputs are those the predictor reads.
    await predict({ movie: { title: "Warm-up (2000)" } });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    manifest,
    predict,
    run: createRun(batcher, maxBatch, manifest),
    close,
    version: bundle.version,
    card: await readCard(bundle),
    precision: options.precision,
    provider: threads.provider,
    refused: threads.refused,
    depth: () => batcher.depth,
  };
}

interface PredictOptions {
  readonly batcher: Batcher;
  readonly large: LargePosters;
  readonly manifest: Manifest;
  readonly options: Pick<ModelOptions, "posters" | "onDecode">;
}

function createPredict({ batcher, large, manifest, options }: PredictOptions): Model["predict"] {
  const { posters, onDecode } = options;
  const { poster: spec } = movieInputs(manifest.inputs);
  return async (job, waiter) => {
    const { file } = job.movie;
    const cached = file && posters.find(file, spec);
    let result = await batcher.add(predictItem(withPixels(job, cached?.pixels)), waiter);
    let { pixels } = result;
    if (result.isLarge) {
      const start = performance.now();
      pixels = await large.decode(file!, spec);
      onDecode?.((performance.now() - start) / 1000);
      result = await batcher.add(predictItem(withPixels(job, pixels)), waiter);
    }
    if (cached && pixels) posters.store(cached.key, pixels);
    const { answer, issue } = result;
    if (issue) throw new InputError(issue.field, issue.detail);
    return answer!;
  };
}

/** Feeds of more rows than a batch holds are run in parts. */
function createRun(batcher: Batcher, maxBatch: number, { graph }: Manifest): Model["run"] {
  const padded = paddable(graph.inputs, graph.outputs);
  return async (feeds, waiter) => {
    const rows = rowsOf(feeds);
    if (rows <= maxBatch) return batcher.add(tensorItem(feeds, padded), waiter);
    const parts: Promise<Tensors>[] = [];
    for (let from = 0; from < rows; from += maxBatch) {
      const part = sliceRows(feeds, from, Math.min(rows, from + maxBatch));
      parts.push(batcher.add(tensorItem(part, padded), waiter));
    }
    return concatenate(await Promise.all(parts));
  };
}

async function readCard({ path }: Bundle): Promise<string | undefined> {
  return readFile(join(path, "README.md"), "utf8").catch(() => undefined);
}

function withPixels(job: PredictJob, pixels: Uint8Array | undefined): PredictJob {
  if (!pixels) return job;
  return { ...job, movie: { ...job.movie, file: undefined, pixels } };
}
