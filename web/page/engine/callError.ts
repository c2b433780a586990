/** A call to a worker: its options, and its error. */

import type { ErrorInfo } from "../../worker/protocol.ts";
import type { RuntimeFault } from "../../worker/runtimeFailure.ts";
import { detailOf, messageOf } from "../problems.ts";

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** A call that the worker could not answer, or a start that failed; in the page's language. */
export class CallError extends Error {
  /** Names the input that is wrong, where one is. */
  readonly field: string | undefined;
  readonly detail: string | undefined;
  readonly cancelled: boolean;
  /** What is wrong with the runtime, where that is. */
  readonly fault: RuntimeFault | undefined;
  /** The page's own files are not those of its server any more, or out of reach: only reloading the page can help. */
  readonly needsReload: boolean;

  constructor(info: CallErrorInfo) {
    const { field, cancelled, fault, needsReload } = info;
    super(messageOf(info));
    this.name = "CallError";
    this.field = field;
    this.detail = detailOf(info);
    this.cancelled = cancelled ?? false;
    this.fault = fault;
    this.needsReload = needsReload ?? false;
  }
}

export type CallErrorInfo = ErrorInfo & { readonly needsReload?: boolean };
