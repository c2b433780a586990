/** Reads a request's body whole, unpacked, within a limit that is checked while it arrives. */

import type { Readable } from "node:stream";
import type { Request, RequestHandler } from "express";
import { bodyOf } from "../httpAdmission.ts";
import type { HttpError } from "../problems.ts";
import { Blocks } from "./blocks.ts";
import { bodyError, checkRatio, createDecoder, tooLarge } from "./unpack.ts";

interface Options {
  /** Most bytes, unpacked. */
  readonly maxBytes: number;
  /** Whether a request's body is read here. */
  readonly accepts: (request: Request) => boolean;
}

interface Reading {
  readonly maxBytes: number;
  /** Counts unpacked bytes; those that arrive are counted where they arrive. */
  readonly hold: (bytes: number) => void;
  /** Called when the body is refused: what is left of it is kept nowhere. */
  readonly discard: () => void;
}

/** Makes the middleware that leaves the body's bytes in `request.body`, or undefined if there is no body. */
export function rawBody({ maxBytes, accepts }: Options): RequestHandler {
  return async (request, response, next) => {
    request.body ??= undefined;
    if (hasBody(request) && accepts(request)) {
      const hold = (bytes: number) => bodyOf(response)?.hold(bytes);
      const discard = () => bodyOf(response)?.discard();
      request.body = await readBody(request, { maxBytes, hold, discard });
    }
    next();
  };
}

function hasBody({ headers }: Request): boolean {
  return headers["transfer-encoding"] !== undefined || headers["content-length"] !== undefined;
}

/** @throws HttpError 400 if the body is cut off or damaged, 413 if it is too large, 415 if it is packed in another way. */
async function readBody(request: Request, { maxBytes, hold, discard }: Reading): Promise<Buffer> {
  const encoding = (request.headers["content-encoding"] ?? "identity").toLowerCase();
  const decoder = createDecoder(encoding);
  if (!decoder && Number(request.headers["content-length"]) > maxBytes) {
    discard();
    throw await afterTheRest(request, tooLarge());
  }
  return new Promise((resolve, reject) => {
    const blocks: Buffer[] = [];
    const gatherer = new Blocks((block) => blocks.push(block));
    let packed = 0;
    let length = 0;
    let failed = false;
    const fail = (error: HttpError) => {
      if (failed) return;
      failed = true;
      blocks.length = 0;
      discard();
      source.removeAllListeners("data");
      if (decoder) request.unpipe(decoder);
      decoder?.destroy();
      afterTheRest(request, error).then(reject);
    };
    if (decoder) {
      request.on("data", (piece: Buffer) => {
        packed += piece.length;
      });
      decoder.on("error", (error) => fail(bodyError("bad-request", error.message)));
    }
    const source: Readable = decoder ? request.pipe(decoder) : request;
    source.on("data", (piece: Buffer) => {
      gatherer.add(piece);
      length += piece.length;
      if (decoder) hold(piece.length);
      try {
        if (length > maxBytes) throw tooLarge();
        if (decoder) checkRatio(packed, length);
      } catch (error) {
        fail(error as HttpError);
      }
    });
    source.on("end", () => {
      if (failed) return;
      gatherer.flush();
      resolve(Buffer.concat(blocks, length));
      // What follows a packed body in the request.
      if (decoder) request.unpipe(decoder).resume();
    });
    request.on("error", () => fail(bodyError("bad-request", "request aborted")));
    request.on("close", () => {
      if (!request.readableEnded) fail(bodyError("bad-request", "request aborted"));
    });
  });
}

/** The error, once the client has sent the rest of the body: not all clients read an answer before that. */
function afterTheRest(request: Request, error: HttpError): Promise<HttpError> {
  if (request.readableEnded || request.destroyed) return Promise.resolve(error);
  return new Promise((resolve) => {
    const done = () => resolve(error);
    request.once("end", done).once("close", done).resume();
  });
}
