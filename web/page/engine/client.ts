/** One inference worker, as promises. */

import { createWatch } from "../../download/watch.ts";
import { Trouble } from "../../troubles.ts";
import type {
  BundleInfo,
  CallName,
  Calls,
  ModelInfo,
  ProviderOptions,
  Request,
  Response,
} from "../../worker/protocol.ts";
import { RuntimeFailure, runtimeFailure } from "../../worker/runtimeFailure.ts";
import { CallError, type CallErrorInfo, type CallOptions } from "./callError.ts";

/** Seconds without a sign of life after which a compiled runtime counts as hanging: with threads, as there is a way on, */
const SILENCE_OF_THREADS = 20;
/** and without. */
const SILENCE = 90;

export type OnLoading = (loading: Extract<Response, { kind: "loading" }>) => void;

export interface ClientListeners {
  readonly onLoading: OnLoading;
  readonly onBundle: (bundle: BundleInfo) => void;
}

export interface Client {
  /** Resolves when the model answers. @throws CallError that says why the worker or its model cannot be started. */
  readonly started: Promise<ModelInfo>;
  /** Whether the worker has ended, and answers nothing more. A model that cannot be started does not end it. */
  hasEnded(): boolean;
  /** Waits for the model, `file` for the bundle only. @throws CallError */
  call<Name extends CallName>(
    name: Name,
    argument: Parameters<Calls[Name]>[0],
    options?: CallOptions,
  ): Promise<ReturnType<Calls[Name]>>;
  /** Ends the worker once its calls are answered. */
  retire(): void;
}

/**
 * Starts the model in a worker, which is the client's from then on.
 *
 * @param bundle URL of the bundle's folder, with a slash at its end.
 */
export function startClient(
  worker: Worker,
  bundle: string,
  options: ProviderOptions,
  listeners?: ClientListeners,
): Client {
  const calls = createCalls(worker);
  let ended = false;
  const started = new Promise<ModelInfo>((resolve, reject) => {
    const end = (info: CallErrorInfo) => {
      watch.stop();
      ended = true;
      worker.terminate();
      const error = new CallError(info);
      calls.stop(error);
      reject(error);
    };
    const watch = createWatch(options.threads > 1 ? SILENCE_OF_THREADS : SILENCE, () =>
      end({ message: new RuntimeFailure("silent").message, fault: "silent" }),
    );
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      // Without a message, its program could not be loaded.
      if (!event.message) {
        const { message, trouble } = new Trouble("notLoaded");
        return end({ message, trouble, needsReload: true });
      }
      console.warn(event.message);
      const { message, fault } = runtimeFailure(event.message);
      end({ message, fault });
    });
    worker.addEventListener("message", ({ data }: MessageEvent<Response>) => {
      watch.sign();
      if (data.kind === "loading") {
        if (data.part === "runtime") watch.start();
        listeners?.onLoading(data);
      } else if (data.kind === "bundle") listeners?.onBundle(data.bundle);
      else if (data.kind === "failed") {
        watch.stop();
        reject(new CallError(data.error));
      } else if (data.kind === "ready") {
        watch.stop();
        resolve(data.model);
      } else calls.receive(data);
    });
    worker.postMessage({ kind: "load", bundle, ...options } satisfies Request);
  });
  return { started, hasEnded: () => ended, call: calls.call, retire: calls.retire };
}

interface PendingCall {
  resolve(value: ReturnType<Calls[CallName]>): void;
  reject(error: CallError): void;
  readonly onProgress: CallOptions["onProgress"];
}

type CallResponse = Extract<Response, { readonly id: number }>;

interface WorkerCalls extends Pick<Client, "call" | "retire"> {
  receive(response: CallResponse): void;
  /** Rejects the calls that are under way and those to come. */
  stop(error: CallError): void;
}

/** Numbers the calls, so that each response finds its own. */
function createCalls(worker: Worker): WorkerCalls {
  const pending = new Map<number, PendingCall>();
  let lastId = 0;
  let retired = false;
  let stopped: CallError | undefined;
  const post = (request: Request) => worker.postMessage(request);
  const take = (id: number): PendingCall | undefined => {
    const call = pending.get(id);
    pending.delete(id);
    if (retired && pending.size === 0) worker.terminate();
    return call;
  };
  return {
    call(name, argument, { signal, onProgress } = {}) {
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        if (stopped) return reject(stopped);
        pending.set(id, { resolve: resolve as PendingCall["resolve"], reject, onProgress });
        signal?.addEventListener("abort", () => post({ kind: "cancel", id }), { once: true });
        post({ kind: "call", id, name, argument } as Request);
      });
    },
    retire() {
      retired = true;
      if (pending.size === 0) worker.terminate();
    },
    receive(response) {
      const { id } = response;
      if (response.kind === "progress") {
        pending.get(id)?.onProgress?.(response.done, response.total);
      } else if (response.kind === "answer") take(id)?.resolve(response.value);
      else take(id)?.reject(new CallError(response.error));
    },
    stop(error) {
      stopped = error;
      for (const { reject } of pending.values()) reject(error);
      pending.clear();
    },
  };
}
