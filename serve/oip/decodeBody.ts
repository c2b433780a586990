/** The body of an inference request -> the graph's feeds: what is small is decoded at once, what is large in a thread. */

import { BodyThreads } from "../core/body/bodyThreads.ts";
import { scanJson } from "../core/body/scanJson.ts";
import type { Limits } from "../core/route.ts";
import type { Model } from "../engine/model.ts";
import { type DecodedRequest, decodeInfer, inferLimits, jsonEnd } from "./decode.ts";

export interface InferBody {
  /** Unpacked. */
  readonly body: Uint8Array;
  /** Value of the header Inference-Header-Content-Length, if there is one. */
  readonly jsonLength: string | undefined;
}

/** What is decoded on the event loop; more is decoded in a thread. */
const LIGHT = {
  /** Of JSON: at most as many numbers, at 50 ns each. */
  jsonBytes: 1 << 17,
  /** Of objects; checking one takes up to 10 µs. */
  fields: 1000,
  /** Of tensors, which are copied and looked through. */
  binaryBytes: 1 << 22,
};

/** @throws HttpError 400 or 413 naming the input that is wrong. */
export type DecodeBody = (
  given: InferBody,
  model: Model,
  signal: AbortSignal,
) => Promise<DecodedRequest>;

export function createDecodeBody({ maxMovies, maxRatings }: Limits): DecodeBody {
  const own = { maxMovies, maxRatings };
  const threads = new BodyThreads<InferBody, DecodedRequest, Limits>({
    script: new URL("./decodeWorker.ts", import.meta.url),
    own,
  });
  return async (given, model, signal) => {
    const { body, jsonLength } = given;
    if (isLight(given, model, own)) {
      return decodeInfer(
        Buffer.from(body.buffer, body.byteOffset, body.length),
        jsonLength,
        model.manifest,
        own,
      );
    }
    return threads.read(model, given, { views: [body], signal });
  };
}

function isLight({ body, jsonLength }: InferBody, { manifest }: Model, limits: Limits): boolean {
  const end = jsonEnd(body, jsonLength);
  if (end > LIGHT.jsonBytes || body.length - end > LIGHT.binaryBytes) return false;
  const most = inferLimits(manifest.graph.inputs, limits);
  return scanJson(body.subarray(0, end), most).fields <= LIGHT.fields;
}
