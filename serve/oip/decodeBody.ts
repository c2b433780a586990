/** The body of an inference request -> what the view's model is given: small ones at once, large ones in a thread. */

import { BodyThreads } from "../core/body/bodyThreads.ts";
import { scanJson } from "../core/body/scanJson.ts";
import type { Limits } from "../core/route.ts";
import type { Model } from "../engine/model.ts";
import { jsonEnd, parseRequest } from "./request.ts";
import type { Decoded, View } from "./views/view.ts";

export interface InferBody {
  /** Unpacked. */
  readonly body: Uint8Array;
  /** Value of the header Inference-Header-Content-Length, if there is one. */
  readonly jsonLength: string | undefined;
}

/** A body, and the suffix of the view that it is for. */
export interface DecodeTask extends InferBody {
  readonly suffix: string;
}

/** What is parsed on the event loop; more is parsed in a thread. */
const LIGHT = {
  /** Bytes of JSON: at most as many numbers, at 50 ns each. */
  jsonBytes: 1 << 17,
  /** Fields of objects; checking one takes up to 10 µs. */
  fields: 1000,
};

/** @throws HttpError 400 or 413 naming the input that is wrong. */
export type DecodeBody = (
  given: InferBody,
  view: View<unknown>,
  model: Model,
  signal: AbortSignal,
) => Promise<Decoded<unknown>>;

export function createDecodeBody({ maxMovies, maxRatings }: Limits): DecodeBody {
  const own = { maxMovies, maxRatings };
  const threads = new BodyThreads<DecodeTask, Decoded<unknown>, Limits>({
    script: new URL("./decodeWorker.ts", import.meta.url),
    own,
  });
  return async ({ body, jsonLength }, view, model, signal) => {
    const { manifest } = model;
    const end = jsonEnd(body, jsonLength);
    const most = view.limits(manifest, own);
    const json = body.subarray(0, end);
    if (end <= LIGHT.jsonBytes && scanJson(json, most).fields <= LIGHT.fields) {
      const request = parseRequest(json, most);
      const binary = Buffer.from(body.buffer, body.byteOffset + end, body.length - end);
      if (view.isLight(request, binary, manifest)) {
        return view.decode(request, binary, manifest, own);
      }
    }
    const task = { body, jsonLength, suffix: view.suffix };
    return threads.read(model, task, { views: [body], signal });
  };
}
