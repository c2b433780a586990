/** A bundle at work: its threads, its batches, its answers. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openBundle } from "../../node/bundle.ts";
import type { Provider } from "../../node/session.ts";
import type { Answer } from "../../predictor/answer.ts";
import { InputError } from "../../predictor/errors.ts";
import type { Manifest, Precision } from "../../predictor/manifest.ts";
import { Batcher, type BatcherOptions, type Waiter } from "./batcher.ts";
import { paddable, questionJob, tensorJob } from "./jobs.ts";
import { LargePosters } from "./largePosters.ts";
import type { PosterCache } from "./posterCache.ts";
import type { Question } from "./question.ts";
import { concatenate, rowsOf, sliceRows, type Tensors } from "./tensors.ts";
import { startThreads, type ThreadOptions, type Threads } from "./threads.ts";

/** Where nothing else is asked for: caches of a CPU hold few posters, a GPU wants many and can be waited for. */
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
  readonly ask: (question: Question, waiter?: Waiter) => Promise<Answer>;
  /** Raw tensors, which become the model's own, through the same batches. */
  readonly run: (feeds: Tensors, waiter?: Waiter) => Promise<Tensors>;
  /** Movies that wait. */
  readonly depth: () => number;
  close(): Promise<void>;
}

export interface ModelOptions
  extends Omit<ThreadOptions, "keepPixels">,
    Pick<BatcherOptions, "expected" | "onBatch" | "onWait"> {
  readonly precision: Precision;
  /** 0 leaves it to the provider. */
  readonly maxBatch: number;
  /** Undefined leaves it to the provider. */
  readonly maxDelayMs?: number | undefined;
  readonly posters: PosterCache;
  /** Told of each poster that is decoded apart, with the time it waited. */
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
  const { inputs, outputs } = manifest.graph;
  const { posters } = options;
  const threads = await startThreads(bundle.graph, manifest, {
    ...options,
    keepPixels: posters.keeps,
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
  const { poster: spec } = manifest.preprocess;

  async function ask(question: Question, waiter?: Waiter): Promise<Answer> {
    const { file } = question.movie;
    const found = file && posters.find(file, spec);
    let reply = await batcher.add(questionJob(withPixels(question, found?.pixels)), waiter);
    let { pixels } = reply;
    if (reply.isLarge) {
      const start = performance.now();
      pixels = await large.decode(file!, spec);
      options.onDecode?.((performance.now() - start) / 1000);
      reply = await batcher.add(questionJob(withPixels(question, pixels)), waiter);
    }
    if (found && pixels) posters.keep(found.key, pixels);
    const { answer, fault } = reply;
    if (fault) throw new InputError(fault.field, fault.detail);
    return answer!;
  }

  const padded = paddable(inputs, outputs);
  async function run(feeds: Tensors, waiter?: Waiter): Promise<Tensors> {
    const rows = rowsOf(feeds);
    if (rows <= maxBatch) return batcher.add(tensorJob(feeds, padded), waiter);
    const parts: Promise<Tensors>[] = [];
    for (let from = 0; from < rows; from += maxBatch) {
      const part = sliceRows(feeds, from, Math.min(rows, from + maxBatch));
      parts.push(batcher.add(tensorJob(part, padded), waiter));
    }
    return concatenate(await Promise.all(parts));
  }

  const close = async () => {
    await Promise.all([threads.close(), large.close()]);
  };

  try {
    // The trial batches ran; this one also checks that the outputs are those the predictor reads.
    await ask({ movie: { title: "Warm-up (2000)" } });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...{ manifest, ask, run, close },
    version: bundle.version,
    card: await readFile(join(bundle.path, "README.md"), "utf8").catch(() => undefined),
    precision: options.precision,
    provider: threads.provider,
    refused: threads.refused,
    depth: () => batcher.depth,
  };
}

function withPixels(question: Question, pixels: Uint8Array | undefined): Question {
  if (!pixels) return question;
  return { ...question, movie: { ...question.movie, file: undefined, pixels } };
}
