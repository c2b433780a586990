/** A call as the queue, the limits of bodies, the log and the metrics see it. */

import { constants, type ServerHttp2Stream } from "node:http2";
import { type Metadata, type ServerInterceptingCallInterface, status } from "@grpc/grpc-js";
import { ipKeyGenerator } from "express-rate-limit";
import type { Accepted } from "../core/admission.ts";
import type { Exchange } from "../core/exchange.ts";
import type { HttpError } from "../core/problems.ts";
import { idOf } from "../core/requestId.ts";
import { toHttpError } from "../core/toHttpError.ts";
import { statusOf } from "./status.ts";
import type { StreamedMessages } from "./streamedMessages.ts";

/** Memory that a piece of a message takes at least: what is around it, and the packet that it is a part of. */
const PIECE_BYTES = 4096;

/** Longest time for an answer that has begun to end with an error. */
const END_MS = 1000;

/** The metadata that names a call in the logs, and comes back with its answer. */
export const ID_HEADER = "x-request-id";

interface Options {
  readonly metadata: Metadata;
  readonly base: ServerInterceptingCallInterface;
  readonly stream: ServerHttp2Stream;
  readonly trustProxy: number;
  /** Called with every problem that is answered. */
  readonly onProblem: (problem: HttpError, error: unknown) => void;
}

export class Call implements Exchange {
  readonly id: string;
  /** Client address, as limits count it. */
  readonly address: string;
  readonly announcedBytes = 0;
  /** Where it is a request of its own that takes a place in the queue. */
  accepted: Accepted | undefined;
  /** Whether it was refused because of load: it is not logged by itself. */
  wasShed = false;
  /** Where each of its messages is such a request. */
  messages: StreamedMessages | undefined;
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
    const { metadata, base, trustProxy } = options;
    this.id = idOf(metadata.get(ID_HEADER)[0]);
    const peer = base.getConnectionInfo().remoteAddress ?? "";
    this.address = ipKeyGenerator(clientAddress(peer, metadata, trustProxy));
  }

  get waitsForServer(): boolean {
    const { stream } = this.#options;
    return stream.readableEnded || stream.isPaused();
  }

  /** Whether nothing more can be sent. */
  get isClosed(): boolean {
    const { stream } = this.#options;
    return stream.closed || stream.destroyed;
  }

  get isAnswered(): boolean {
    return this.#options.stream.headersSent || this.isClosed;
  }

  get isEnded(): boolean {
    return this.#options.stream.headersSent;
  }

  get isFinished(): boolean {
    return this.code !== undefined && this.#options.stream.writableFinished;
  }

  get succeeded(): boolean {
    return this.code === status.OK;
  }

  /** The status that was sent; undefined if none was. */
  get code(): status | undefined {
    const { sentTrailers, sentHeaders } = this.#options.stream;
    const code = sentTrailers?.["grpc-status"] ?? sentHeaders?.["grpc-status"];
    return code === undefined ? undefined : Number(code);
  }

  onPiece(take: (bytes: number) => void): void {
    // The stream is paused until the message is wanted, and stays so.
    this.#options.stream.prependListener("data", (piece: Buffer) =>
      take(Math.max(piece.length, PIECE_BYTES)),
    );
  }

  onClose(done: () => void): void {
    this.#options.stream.once("close", done);
  }

  boundSending(milliseconds: number): void {
    const { stream } = this.#options;
    stream.setTimeout(milliseconds, () => stream.close(constants.NGHTTP2_CANCEL));
  }

  /** Has an error counted, and logged if it is a bug. @returns The problem to answer with. */
  report(error: unknown): HttpError {
    const problem = toHttpError(error);
    this.#options.onProblem(problem, error);
    return problem;
  }

  fail(error: unknown): void {
    const problem = this.report(error);
    const { base, stream } = this.#options;
    if (this.isClosed) return;
    const hasBegun = stream.headersSent;
    const ended = statusOf(problem);
    ended.metadata.set(ID_HEADER, this.id);
    base.sendStatus(ended);
    // The client need not send the rest; whether it takes the rest of the answer is up to it.
    if (hasBegun) setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), END_MS).unref();
    else if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
  }

  cutOff(problem: HttpError): void {
    this.fail(problem);
  }
}

/** The client's own address: that of the connection, or the one that the last of the trusted proxies has seen. */
function clientAddress(peer: string, metadata: Metadata, trustProxy: number): string {
  const forwarded = metadata.get("x-forwarded-for").join(",").split(/ *, */).filter(Boolean);
  const all = [peer, ...forwarded.reverse()];
  return all[Math.min(trustProxy, all.length - 1)]!;
}
