/** Calls whose messages are not finished, as slow and as hostile clients send them. */

import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";

export interface Ended {
  /** The status, as a number. */
  readonly code: number;
  readonly details: string;
  /** Headers and trailers together. */
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface HalfCall {
  readonly session: ClientHttp2Session;
  readonly stream: ClientHttp2Stream;
  readonly ended: Promise<Ended>;
  /** Sends the rest. */
  finish(): Promise<Ended>;
}

interface Options {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent at once, of the message with its head. */
  readonly bytes?: number;
  /** Whether the head says that the message is packed. */
  readonly isPacked?: boolean;
}

/** Sends a message in a connection of its own, but for its end. */
export function callHalf(
  address: string,
  message: Uint8Array,
  {
    path = "/inference.GRPCInferenceService/ModelInfer",
    headers = {},
    bytes = message.length,
    isPacked = false,
  }: Options = {},
): HalfCall {
  const session = connect(`http://${address}`);
  session.on("error", () => {});
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  const received: Record<string, unknown> = {};
  stream.on("response", (values) => Object.assign(received, values));
  stream.on("trailers", (values) => Object.assign(received, values));
  stream.on("error", () => {});
  stream.resume();
  const ended = new Promise<Ended>((resolve) =>
    stream.on("close", () => {
      session.close();
      resolve({
        code: Number(received["grpc-status"] ?? -1),
        details: decodeURI(String(received["grpc-message"] ?? "")),
        headers: received,
      });
    }),
  );
  const framed = Buffer.alloc(5 + message.length);
  framed[0] = isPacked ? 1 : 0;
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, 5);
  stream.write(framed.subarray(0, bytes));
  return {
    session,
    stream,
    ended,
    finish() {
      stream.end(framed.subarray(bytes));
      return ended;
    },
  };
}
