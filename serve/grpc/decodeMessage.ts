/** A message -> the graph's feeds: what is small is decoded at once, what is large in a thread. */

import { BodyThreads } from "../core/body/bodyThreads.ts";
import type { Limits } from "../core/route.ts";
import type { Model } from "../engine/model.ts";
import type { DecodedRequest } from "../oip/decode.ts";
import { decode } from "./decode.ts";
import type { Outline, Span } from "./outline.ts";

export interface MessageTask extends Pick<Outline, "request" | "raw" | "contents"> {
  /** The memory in which the message is, whole, so that it can be moved. */
  readonly memory: Uint8Array;
  /** Where the message is in it. */
  readonly message: Span;
}

/** What is decoded on the event loop; more is decoded in a thread. */
const LIGHT = {
  /** Of contents, at up to 10 ns for each. */
  contents: 1 << 17,
  /** Of raw contents, which are moved and looked through. */
  raw: 1 << 22,
};

/** @throws HttpError 400 naming the input that is wrong. */
export type DecodeMessage = (
  bytes: Uint8Array,
  outline: Outline,
  model: Model,
  signal: AbortSignal,
) => Promise<DecodedRequest>;

export function createDecodeMessage({ maxMovies, maxRatings }: Limits): DecodeMessage {
  const own = { maxMovies, maxRatings };
  const threads = new BodyThreads<MessageTask, DecodedRequest, Limits>({
    script: new URL("./decodeWorker.ts", import.meta.url),
    own,
  });
  return async (bytes, outline, model, signal) => {
    const { request, raw, contents } = outline;
    if (sizeOf(raw) <= LIGHT.raw && sizeOf(contents.flat()) <= LIGHT.contents) {
      return decode(bytes, outline, model.manifest, own);
    }
    const { buffer, byteOffset, length } = bytes;
    // Small messages share their memory with others.
    const isAlone = byteOffset + length === buffer.byteLength;
    const memory = isAlone ? new Uint8Array(buffer) : bytes;
    const start = isAlone ? byteOffset : 0;
    const task = { memory, message: { start, end: start + length }, request, raw, contents };
    return threads.read(model, task, { views: [memory], signal });
  };
}

function sizeOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { start, end }) => sum + end - start, 0);
}
