/**
 * Predicts with a Marquee bundle in any web page: the server's preprocessing, graph and answers, in a worker.
 *
 * @module
 */

import { CallError } from "../page/engine/callError.ts";
import { serverJson } from "../page/serverJson.ts";
import {
  type Item,
  type OpenOptions,
  PredictError,
  type PredictOptions,
  type Predictor,
} from "./api.ts";
import { openClient, orAborted } from "./openClient.ts";

export type * from "./api.ts";
export { PredictError };

/**
 * Downloads a bundle and the runtime, and starts a worker with them.
 *
 * @example
 * import { openPredictor } from "marquee-predict";
 *
 * const predictor = await openPredictor("https://example.org/model/");
 * const answer = await predictor.predict({ title: "Heat (1995)" }, { topK: 3 });
 * if ("scores" in answer) console.log(answer.scores[0]?.label);
 * predictor.close();
 *
 * @param url Of the bundle's folder, relative to the page: the one with manifest.json.
 * @throws PredictError that says why the bundle, the worker or the runtime cannot be loaded; the signal's reason.
 */
export async function openPredictor(
  url: string | URL,
  { onProgress, ...options }: OpenOptions = {},
): Promise<Predictor> {
  const client = await openClient(url, options, {
    onLoading: ({ part, loaded, total }) => onProgress?.({ part, loaded, total }),
    onBundle() {},
  }).catch(rethrow);
  const { name, version, synthetic, inputs, threads } = client.model;
  let isClosed = false;
  return {
    model: { name, version, synthetic },
    inputs: inputs as unknown as Predictor["inputs"],
    threads,
    async predict(item: Item, { signal, ...wanted }: PredictOptions = {}) {
      signal?.throwIfAborted();
      if (isClosed) throw new PredictError("the predictor is closed");
      const call = client.call(
        "predict",
        { item, options: wanted },
        signal === undefined ? {} : { signal },
      );
      return serverJson(await orAborted(call, signal).catch(rethrow), client.model);
    },
    close() {
      isClosed = true;
      client.retire();
    },
  };
}

/** Errors of calls become the package's own; others, such as the signal's reason, stay as they are. */
function rethrow(error: unknown): never {
  if (error instanceof CallError) throw new PredictError(error.message, error.field);
  throw error;
}
