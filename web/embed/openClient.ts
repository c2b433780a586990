/** A bundle of any origin, opened in a worker. */

import { CallError } from "../page/engine/callError.ts";
import { storeOneThread, threadsToStart } from "../page/engine/choice.ts";
import { type Client, type ClientListeners, startClient } from "../page/engine/client.ts";
import type { ModelInfo, ProviderOptions } from "../worker/protocol.ts";
import { mayBeThreads } from "../worker/threads.ts";
import { startWorker } from "./startWorker.ts";

export interface ClientOptions {
  readonly runtime?: string | URL | undefined;
  readonly worker?: (() => Worker) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface OpenedClient extends Pick<Client, "call" | "retire"> {
  readonly model: ModelInfo;
}

/**
 * @param url Of the bundle's folder, relative to the page.
 * @param onClient Called with the client before its model has started: from the manifest on, it takes files.
 * @throws CallError that says why the bundle, the worker or the runtime cannot be loaded; the signal's reason.
 */
export async function openClient(
  url: string | URL,
  { runtime, worker, signal }: ClientOptions,
  listeners: ClientListeners & { readonly onClient?: (client: Client) => void },
): Promise<OpenedClient> {
  signal?.throwIfAborted();
  const bundle = folderUrl(url);
  const options: ProviderOptions = {
    provider: "wasm",
    // WebAssembly runs every precision; the smallest file first, as on the page.
    precisions: ["q8", "fp16", "fp32"],
    threads: threadsToStart(),
    runtime: runtime && folderUrl(runtime),
  };
  const open = async (threads: number): Promise<OpenedClient> => {
    const started = startWorker(worker);
    const client = startClient(started.worker, bundle, { ...options, threads }, listeners);
    listeners.onClient?.(client);
    try {
      const model = await orAborted(client.started, signal);
      return { model, call: client.call, retire: client.retire };
    } catch (error) {
      started.worker.terminate();
      signal?.throwIfAborted();
      if (mayBeThreads(threads, (error as CallError).fault)) {
        const opened = await open(1);
        storeOneThread();
        return opened;
      }
      const reason = started.problem() ?? (error as Error).message;
      throw new CallError({ message: `the model ${bundle} cannot be opened: ${reason}` });
    }
  };
  return open(options.threads);
}

/** Absolute, with a slash at its end. */
function folderUrl(url: string | URL): string {
  const { href } = new URL(url, document.baseURI);
  return href.endsWith("/") ? href : `${href}/`;
}

/** Settles with the work, or rejects with the signal's reason where that comes first. */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let abort: () => void;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort!);
  }
}
