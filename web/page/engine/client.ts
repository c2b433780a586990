/** One inference worker, as promises. */

import type {
  BundleInfo,
  CallName,
  Calls,
  ErrorInfo,
  ModelInfo,
  ProviderOptions,
  Request,
  Response,
} from "../../worker/protocol.ts";

/** A call that the worker could not answer; `field` names the input that is wrong, where one is. */
export class CallError extends Error {
  readonly field: string | undefined;
  readonly detail: string | undefined;
  readonly cancelled: boolean;

  constructor({ message, field, detail, cancelled = false }: ErrorInfo) {
    super(message);
    this.name = "CallError";
    this.field = field;
    this.detail = detail;
    this.cancelled = cancelled;
  }
}

export type OnLoading = (loading: Extract<Response, { kind: "loading" }>) => void;

export interface ClientListeners {
  readonly onLoading: OnLoading;
  readonly onBundle: (bundle: BundleInfo) => void;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Client {
  readonly model: ModelInfo;
  /** @throws CallError */
  call<Name extends CallName>(
    name: Name,
    argument: Parameters<Calls[Name]>[0],
    options?: CallOptions,
  ): Promise<ReturnType<Calls[Name]>>;
  /** Ends the worker once its calls are answered. */
  retire(): void;
}

/**
 * Starts a worker and waits until its model is ready.
 *
 * @param bundle URL of the bundle's folder, with a slash at its end.
 * @throws CallError that says why the worker or its model cannot be started.
 */
export async function startClient(
  bundle: string,
  { provider, precisions }: ProviderOptions,
  listeners?: ClientListeners,
): Promise<Client> {
  const worker = new Worker(new URL("../../worker/predict.worker.ts", import.meta.url), {
    type: "module",
    name: `marquee-${provider}`,
  });
  const calls = createCalls(worker);
  return new Promise((resolve, reject) => {
    const fail = (info: ErrorInfo) => {
      worker.terminate();
      const error = new CallError(info);
      calls.stop(error);
      reject(error);
    };
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      const reason = event.message || "its program cannot be loaded";
      fail({ message: `the worker stopped (${reason}); reload the page` });
    });
    worker.addEventListener("message", ({ data }: MessageEvent<Response>) => {
      if (data.kind === "loading") listeners?.onLoading(data);
      else if (data.kind === "bundle") listeners?.onBundle(data.bundle);
      else if (data.kind === "failed") fail(data.error);
      else if (data.kind === "ready") {
        resolve({ model: data.model, call: calls.call, retire: calls.retire });
      } else calls.receive(data);
    });
    worker.postMessage({ kind: "load", bundle, provider, precisions } satisfies Request);
  });
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
