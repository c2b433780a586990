/** The thread that does the work: one session, which blocks this thread and no other while it runs, and a decoder of posters. */

import { move, transferableSymbol, valueSymbol, workerData } from "piscina";
import { openTriedSession, type Provider, type TriedSession } from "../../node/session.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import { createPredictor, type Predictor } from "../../predictor/predictor.ts";
import type { Tensor } from "../../predictor/tensor.ts";
import { decodeAlone } from "./alone.ts";
import { answerQuestions } from "./answerer.ts";
import type { Question, Reply } from "./question.ts";
import type { Tensors } from "./tensors.ts";

export interface WorkerSetup {
  /** The ONNX file, shared by all threads. */
  readonly graph: SharedArrayBuffer;
  readonly manifest: Manifest;
  readonly wanted: Provider | "auto";
  /** CPU threads of an operator. */
  readonly threads: number;
  /** Of one poster. */
  readonly maxPixels: number;
  /** Whether decoded posters are sent back. */
  readonly keepPixels: boolean;
}

/** What a task gives, and how long it took without waiting for others. */
export interface Done<Value> {
  readonly value: Value;
  readonly seconds: number;
}

export type Opened = Pick<TriedSession, "provider" | "refused">;

decodeAlone();

const setup = workerData as WorkerSetup;
let last: Promise<unknown> = Promise.resolve();
let current: Promise<{ session: TriedSession; predictor: Predictor }> | undefined;

/** A thread that died takes its session along; the one in its place opens its own on its first batch. */
function opened() {
  current ??= openSession().catch((error: unknown) => {
    // The next batch tries again.
    current = undefined;
    throw error;
  });
  return current;
}

async function openSession() {
  const { graph, manifest } = setup;
  const bytes = Uint8Array.from(new Uint8Array(graph));
  const session = await openTriedSession(bytes, manifest.graph.inputs, setup);
  return { session, predictor: createPredictor(manifest, session.run) };
}

export async function open(): Promise<Opened> {
  const { provider, refused } = (await opened()).session;
  return { provider, refused };
}

export const run = inTurn(async (feeds: Record<string, Tensor>) => {
  const { session } = await opened();
  const start = performance.now();
  const value = await session.run(feeds);
  return moved(
    { value, seconds: secondsSince(start) } satisfies Done<Tensors>,
    Object.values(value).map(({ data }) => data),
  );
});

export const answer = inTurn(async (questions: readonly Question[]) => {
  const { poster } = setup.manifest.preprocess;
  const { predictor } = await opened();
  const start = performance.now();
  const { maxPixels, keepPixels } = setup;
  const replies = await answerQuestions(questions, { predictor, poster, maxPixels });
  const seconds = secondsSince(start);
  if (!keepPixels) {
    const value = replies.map(({ pixels: _, ...reply }): Reply => reply);
    return { value, seconds } satisfies Done<Reply[]>;
  }
  return moved(
    { value: replies, seconds } satisfies Done<Reply[]>,
    replies.flatMap(({ pixels }) => pixels ?? []),
  );
});

export const close = inTurn(async () => {
  await (await current)?.session.close();
});

/** Tasks that are here at the same time are done one after the other, the session's end last. */
function inTurn<Input>(work: (input: Input) => Promise<unknown>) {
  return (input: Input): Promise<unknown> => {
    const done = last.then(() => work(input));
    last = done.catch(() => {});
    return done;
  };
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000;

/** The value, whose buffers go along instead of being copied. */
function moved(value: unknown, views: readonly ArrayBufferView[]): unknown {
  const buffers = [...new Set(views.map(({ buffer }) => buffer))];
  return move({ [transferableSymbol]: buffers, [valueSymbol]: value } as never);
}
