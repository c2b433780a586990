/** One inference worker, as promises. */

import type { Precision } from "../../../predictor/manifest.ts";
import type {
  CallName,
  Calls,
  Fault,
  ModelInfo,
  Provider,
  Request,
  Response,
} from "../../worker/protocol.ts";

/** What a worker could not do; `field` names the input that is at fault, where one is. */
export class CallError extends Error {
  readonly field: string | undefined;
  readonly detail: string | undefined;
  readonly cancelled: boolean;

  constructor({ message, field, detail, cancelled = false }: Fault) {
    super(message);
    this.name = "CallError";
    this.field = field;
    this.detail = detail;
    this.cancelled = cancelled;
  }
}

export type OnLoading = (loading: Extract<Response, { kind: "loading" }>) => void;

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

interface Pending {
  resolve(value: ReturnType<Calls[CallName]>): void;
  reject(error: CallError): void;
  readonly onProgress: CallOptions["onProgress"];
}

/** A way of running the graph. */
export interface Way {
  readonly provider: Provider;
  /** The first that the bundle has is taken. */
  readonly precisions: readonly Precision[];
}

/**
 * Starts a worker and waits until its model is ready.
 *
 * @param bundle URL of the bundle's folder, with a slash at its end.
 * @throws CallError saying why it cannot be.
 */
export function startClient(
  bundle: string,
  { provider, precisions }: Way,
  onLoading: OnLoading = () => {},
): Promise<Client> {
  const worker = new Worker(new URL("../../worker/predict.worker.ts", import.meta.url), {
    type: "module",
    name: `marquee-${provider}`,
  });
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let retired = false;
  let stopped: CallError | undefined;
  const post = (request: Request) => worker.postMessage(request);

  const call: Client["call"] = (name, argument, { signal, onProgress } = {}) => {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      if (stopped) return reject(stopped);
      pending.set(id, { resolve: resolve as Pending["resolve"], reject, onProgress });
      signal?.addEventListener("abort", () => post({ kind: "cancel", id }), { once: true });
      post({ kind: "call", id, name, argument } as Request);
    });
  };
  const settle = (id: number): Pending | undefined => {
    const call = pending.get(id);
    pending.delete(id);
    if (retired && pending.size === 0) worker.terminate();
    return call;
  };

  return new Promise((resolve, reject) => {
    const fail = (fault: Fault) => {
      worker.terminate();
      stopped = new CallError(fault);
      for (const { reject: rejectCall } of pending.values()) rejectCall(stopped);
      pending.clear();
      reject(stopped);
    };
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      fail({
        message: `the worker stopped (${event.message || "its program cannot be loaded"}); load the page again`,
      });
    });
    worker.addEventListener("message", ({ data }: MessageEvent<Response>) => {
      switch (data.kind) {
        case "loading":
          return onLoading(data);
        case "failed":
          return fail(data.fault);
        case "ready":
          return resolve({
            model: data.model,
            call,
            retire() {
              retired = true;
              if (pending.size === 0) worker.terminate();
            },
          });
        case "progress":
          return pending.get(data.id)?.onProgress?.(data.done, data.total);
        case "answer":
          return settle(data.id)?.resolve(data.value);
        case "fault":
          return settle(data.id)?.reject(new CallError(data.fault));
      }
    });
    post({ kind: "load", bundle, provider, precisions });
  });
}
