/**
 * The thread that runs the graph: one session, which blocks this thread and no other while it runs, and a
 * decoder of images.
 */

import { move, transferableSymbol, valueSymbol, workerData } from "piscina";
import type { ImageLimits } from "../../node/poster.ts";
import {
  openTriedSession,
  type Provider,
  type TriedSession,
  trialFeeds,
} from "../../node/session.ts";
import type { FileTexts } from "../../predictor/inputs/inputType.ts";
import { openInputs } from "../../predictor/item.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import { createPredictor, type Predictor } from "../../predictor/predictor.ts";
import { createObserver } from "../../predictor/profile.ts";
import type { Tensor } from "../../predictor/tensor.ts";
import { setUpDecodingThread } from "./decodingThread.ts";
import { imageInputs } from "./images.ts";
import type { PredictJob, PredictResult } from "./predictJob.ts";
import { runPredictJobs } from "./runPredictJobs.ts";
import type { Tensors } from "./tensors.ts";

export interface WorkerSetup {
  /** The ONNX file, shared by all threads. */
  readonly graph: SharedArrayBuffer;
  readonly manifest: Manifest;
  /** The bundle's files that reading its inputs needs. */
  readonly files: FileTexts;
  readonly wanted: Provider;
  /** CPU threads of an operator. */
  readonly threads: number;
  /** Limits of one image. */
  readonly imageLimits: ImageLimits;
  /** Whether observations of items are sent back. */
  readonly observe: boolean;
  /** Whether decoded images are sent back. */
  readonly returnPixels: boolean;
}

/** What a task gives, and how long it took without waiting for others. */
export interface TimedResult<Value> {
  readonly value: Value;
  readonly seconds: number;
}

export type SessionInfo = Pick<TriedSession, "provider" | "refused">;

interface OpenSession {
  readonly session: TriedSession;
  readonly predictor: Predictor;
}

setUpDecodingThread();

const setup = workerData as WorkerSetup;
const observe = setup.observe ? createObserver(setup.manifest) : undefined;
let last: Promise<unknown> = Promise.resolve();
let current: Promise<OpenSession> | undefined;

/** A thread that dies takes its session along; the one in its place opens its own for its first batch. */
function currentSession(): Promise<OpenSession> {
  current ??= openSession().catch((error: unknown) => {
    // The next batch tries again.
    current = undefined;
    throw error;
  });
  return current;
}

async function openSession(): Promise<OpenSession> {
  const { graph, manifest, files, wanted, threads } = setup;
  const opened = await openInputs(manifest.inputs, files);
  const bytes = Uint8Array.from(new Uint8Array(graph));
  const session = await openTriedSession(bytes, trialFeeds(manifest.graph.inputs), {
    wanted,
    threads,
  });
  return { session, predictor: createPredictor(manifest, session.run, opened) };
}

export async function open(): Promise<SessionInfo> {
  const { provider, refused } = (await currentSession()).session;
  return { provider, refused };
}

export const run = inTurn(async (feeds: Record<string, Tensor>) => {
  const { session } = await currentSession();
  const start = performance.now();
  const value = await session.run(feeds);
  return moved(
    { value, seconds: secondsSince(start) } satisfies TimedResult<Tensors>,
    Object.values(value).map(({ data }) => data),
  );
});

export const predict = inTurn(async (jobs: readonly PredictJob[]) => {
  const { predictor } = await currentSession();
  const start = performance.now();
  const { manifest, imageLimits, returnPixels } = setup;
  const images = imageInputs(manifest.inputs);
  const results = await runPredictJobs(jobs, { predictor, images, imageLimits, observe });
  const seconds = secondsSince(start);
  if (!returnPixels) {
    const value = results.map(({ pixels: _, ...result }): PredictResult => result);
    return { value, seconds } satisfies TimedResult<PredictResult[]>;
  }
  return moved(
    { value: results, seconds } satisfies TimedResult<PredictResult[]>,
    results.flatMap(({ pixels }) => Object.values(pixels ?? {})),
  );
});

export const close = inTurn(async () => {
  await (await current)?.session.close();
});

/** Runs tasks that are here at the same time one after the other; closing comes last. */
function inTurn<Input>(work: (input: Input) => Promise<unknown>) {
  return (input: Input): Promise<unknown> => {
    const result = last.then(() => work(input));
    last = result.catch(() => {});
    return result;
  };
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000;

/** The value, whose buffers are transferred instead of copied. */
function moved(value: unknown, views: readonly ArrayBufferView[]): unknown {
  const buffers = [...new Set(views.map(({ buffer }) => buffer))];
  return move({ [transferableSymbol]: buffers, [valueSymbol]: value } as never);
}
