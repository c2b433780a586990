/** The inference thread: one session, which blocks this thread and no other while it runs. */

import { move, transferableSymbol, valueSymbol, workerData } from "piscina";
import { openTriedSession, type Provider, type TriedSession } from "../../node/session.ts";
import type { TensorInfo } from "../../predictor/manifest.ts";
import type { Tensor } from "../../predictor/tensor.ts";
import { giveWay } from "./priority.ts";

export interface WorkerSetup {
  /** The ONNX file, shared by all threads. */
  readonly graph: SharedArrayBuffer;
  readonly inputs: readonly TensorInfo[];
  readonly wanted: Provider | "auto";
  readonly threads: number;
}

export type Opened = Pick<TriedSession, "provider" | "refused">;

giveWay();
const setup = workerData as WorkerSetup;
let session: Promise<TriedSession> | undefined;

/** A thread that died takes its session along; the one in its place opens its own on its first batch. */
function current(): Promise<TriedSession> {
  session ??= openTriedSession(Uint8Array.from(new Uint8Array(setup.graph)), setup.inputs, setup);
  return session;
}

export async function open(): Promise<Opened> {
  const { provider, refused } = await current();
  return { provider, refused };
}

export async function run(feeds: Record<string, Tensor>): Promise<unknown> {
  const outputs = await (await current()).run(feeds);
  const buffers = new Set(Object.values(outputs).map(({ data }) => data.buffer));
  return move({ [transferableSymbol]: [...buffers], [valueSymbol]: outputs } as never);
}

export async function close(): Promise<void> {
  await (await session)?.close();
}
