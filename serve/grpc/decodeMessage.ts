/** A message -> what the view's model is given: what is small is decoded at once, what is large in a thread. */

import { BodyThreads } from "../core/body/bodyThreads.ts";
import type { Limits } from "../core/route.ts";
import type { Model } from "../engine/model.ts";
import type { Decoded, View } from "../oip/views/view.ts";
import { withSizes } from "./decode.ts";
import type { Outline, Span } from "./outline.ts";

export interface MessageTask extends Pick<Outline, "request" | "raw" | "contents"> {
  /** The memory in which the message is, whole, so that it can be moved. */
  readonly memory: Uint8Array;
  /** Where the message is in it. */
  readonly message: Span;
  /** The view's suffix. */
  readonly suffix: string;
}

/** What is decoded on the event loop; more is decoded in a thread. */
const LIGHT = {
  /** Bytes of contents, at up to 10 ns each. */
  contents: 1 << 17,
  /** Bytes of raw contents, which are moved and scanned. */
  raw: 1 << 22,
};

/** @throws HttpError 400 naming the input that is wrong. */
export type DecodeMessage = (
  bytes: Uint8Array,
  outline: Outline,
  view: View<unknown>,
  model: Model,
  signal: AbortSignal,
) => Promise<Decoded<unknown>>;

export function createDecodeMessage({ maxMovies, maxRatings }: Limits): DecodeMessage {
  const own = { maxMovies, maxRatings };
  const threads = new BodyThreads<MessageTask, Decoded<unknown>, Limits>({
    script: new URL("./decodeWorker.ts", import.meta.url),
    own,
  });
  return async (bytes, outline, view, model, signal) => {
    const { request, contents } = outline;
    let { raw } = outline;
    if (sizeOf(raw) <= LIGHT.raw && sizeOf(contents.flat()) <= LIGHT.contents) {
      const { manifest } = model;
      const { request: sized, binary } = withSizes(bytes, outline, view, manifest, own);
      if (view.isLight(sized, binary, manifest)) return view.decode(sized, binary, manifest, own);
      if (raw.length > 0) raw = together(raw, binary.byteOffset - bytes.byteOffset);
    }
    const { buffer, byteOffset, length } = bytes;
    // Small messages share their memory with others.
    const isAlone = byteOffset + length === buffer.byteLength;
    const memory = isAlone ? new Uint8Array(buffer) : bytes;
    const start = isAlone ? byteOffset : 0;
    const task = {
      memory,
      message: { start, end: start + length },
      request,
      raw,
      contents,
      suffix: view.suffix,
    };
    return threads.read(model, task, { views: [memory], signal });
  };
}

/** Where tensors are that were moved together, from the place on. */
function together(spans: readonly Span[], from: number): Span[] {
  let place = from;
  return spans.map(({ start, end }) => {
    const moved = { start: place, end: place + end - start };
    place = moved.end;
    return moved;
  });
}

function sizeOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { start, end }) => sum + end - start, 0);
}
