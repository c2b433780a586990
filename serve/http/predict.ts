/** POST /v1/predict */

import type { RequestHandler } from "express";
import { type AnswerJson, toAnswerJson } from "../../predictor/answer.ts";
import { InputError } from "../../predictor/errors.ts";
import type { Waiter } from "../engine/batcher.ts";
import type { ModelHost } from "../engine/host.ts";
import type { Model } from "../engine/model.ts";
import type { Admission } from "./admission.ts";
import type { Metrics } from "./metrics.ts";
import { type AskedMovie, readMovies } from "./readMovies.ts";
import type { RequestSchemas } from "./schema.ts";

interface Options {
  readonly host: ModelHost;
  readonly admission: Admission;
  readonly metrics: Metrics;
  readonly schemas: RequestSchemas;
}

export function predictHandler({ host, admission, metrics, schemas }: Options): RequestHandler {
  return admission.handle((request, response, { ticket, waiter }) => {
    const start = performance.now();
    const { movies, many } = readMovies(request, schemas);
    // Its text is of no more use, and waits in memory no longer than it must.
    request.body = undefined;
    ticket.resize(movies.length);
    metrics.observe("read", (performance.now() - start) / 1000);
    return host.use(async (model) => {
      const answers = await Promise.all(
        movies.map((movie, i) => answer(model, movie, many ? `movies[${i}]` : undefined, waiter)),
      );
      const body = many
        ? { model: nameOf(model), predictions: answers }
        : { ...answers[0]!, model: nameOf(model) };
      response.set("content-type", "application/json").end(JSON.stringify(body));
    });
  });
}

/** @param whole What the movie's fields are fields of, in errors. */
async function answer(
  model: Model,
  { topK, threshold, explain, ...movie }: AskedMovie,
  whole: string | undefined,
  waiter: Waiter,
): Promise<AnswerJson> {
  try {
    return toAnswerJson(await model.ask({ movie, topK, threshold, explain }, waiter));
  } catch (error) {
    throw whole !== undefined && error instanceof InputError ? error.within(whole) : error;
  }
}

export function nameOf({ manifest, version }: Model) {
  return { name: manifest.name, version, synthetic: manifest.provenance.synthetic };
}
