/** POST /v1/predict */

import type { RequestHandler } from "express";
import { InputError } from "../../predictor/errors.ts";
import type { Movie } from "../../predictor/preprocess/features.ts";
import type { ModelHost } from "../engine/host.ts";
import type { Model } from "../engine/model.ts";
import type { PosterDecoder } from "../engine/posters.ts";
import type { Admission } from "./admission.ts";
import { answerMovie } from "./answer.ts";
import type { Metrics } from "./metrics.ts";
import { type AskedMovie, readMovies } from "./readMovies.ts";
import type { PredictionAnswer, RequestSchemas } from "./schema.ts";

interface Options {
  readonly host: ModelHost;
  readonly posters: PosterDecoder;
  readonly admission: Admission;
  readonly metrics: Metrics;
  readonly schemas: RequestSchemas;
}

export function predictHandler(options: Options): RequestHandler {
  const { host, posters, admission, metrics, schemas } = options;

  async function answer(
    model: Model,
    asked: AskedMovie,
    field: (name: string) => string,
  ): Promise<PredictionAnswer> {
    const { title, year, ratings, file, topK, threshold, explain } = asked;
    try {
      const movie: Movie = {
        ...(title === undefined ? {} : { title }),
        ...(year === undefined ? {} : { year }),
        ...(ratings === undefined ? {} : { ratings }),
        ...(file === undefined ? {} : { poster: await decode(model, file) }),
      } as Movie;
      return await answerMovie(model, movie, { topK, threshold, explain });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError(field(error.field), error.detail);
    }
  }

  async function decode(model: Model, file: Uint8Array) {
    const start = performance.now();
    const poster = await posters.decode(file, model.manifest.preprocess.poster);
    metrics.observe("decode", (performance.now() - start) / 1000);
    return poster;
  }

  return admission.handle((request, response, ticket) => {
    const start = performance.now();
    const { movies, many } = readMovies(request, schemas);
    ticket.resize(movies.length);
    metrics.observe("read", (performance.now() - start) / 1000);
    return host.use(async (model) => {
      const answers = await Promise.all(
        movies.map((movie, i) =>
          answer(model, movie, (name) => (many ? `movies[${i}].${name}` : name)),
        ),
      );
      const body = many
        ? { model: nameOf(model), predictions: answers }
        : { ...answers[0]!, model: nameOf(model) };
      response.set("content-type", "application/json").end(JSON.stringify(body));
    });
  });
}

export function nameOf({ manifest, version }: Model) {
  return { name: manifest.name, version, synthetic: manifest.provenance.synthetic };
}
