/** The calls in progress, by their metadata, which their handlers get, too. */

import type { Metadata } from "@grpc/grpc-js";
import type { HttpError } from "../core/problems.ts";
import type { Call } from "./call.ts";
import type { MethodRules } from "./methods.ts";

export class Calls {
  readonly #byMetadata = new WeakMap<Metadata, Call>();
  /** Those that go on for as long as the client likes. */
  readonly #endless = new Set<Call>();

  /** @throws Error if grpc-js hands its handlers other metadata than the interceptor has passed on. */
  of(metadata: Metadata): Call {
    const call = this.#byMetadata.get(metadata);
    if (!call) throw new Error("internal: a call that the interceptor does not know");
    return call;
  }

  add(metadata: Metadata, call: Call, { messages }: MethodRules): void {
    this.#byMetadata.set(metadata, call);
    if (messages === "queued") return;
    this.#endless.add(call);
    call.onClose(() => this.#endless.delete(call));
  }

  /** Ends those that would go on, and have nothing to answer. */
  endIdle(problem: HttpError): void {
    for (const call of this.#endless) {
      if (!call.messages?.areBusy) call.fail(problem);
    }
  }
}
