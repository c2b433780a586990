/** What grpc-js has but does not offer: the HTTP/2 stream below a call, and the place where it unpacks messages. */

import type { ServerHttp2Stream } from "node:http2";
import type { ServerInterceptingCallInterface } from "@grpc/grpc-js";

export interface Internals {
  readonly stream: ServerHttp2Stream;
  /** Unpacks a message with its head of five bytes; errors are statuses. */
  decompressMessage: (message: Buffer, encoding: string) => Buffer | Promise<Buffer>;
}

/**
 * The inside of the call that the first interceptor gets. Bytes that arrive cannot be counted, and a message that unpacks to
 * more than it should cannot be stopped, without it.
 *
 * @throws Error if grpc-js is another version than this was written for.
 */
export function internalsOf(call: ServerInterceptingCallInterface): Internals {
  const internals = call as unknown as Partial<Internals>;
  if (internals.stream === undefined || internals.decompressMessage === undefined) {
    throw new Error("internal: this version of @grpc/grpc-js keeps streams elsewhere");
  }
  return internals as Internals;
}
