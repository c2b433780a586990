/** POST /v1/predict */

import type { RequestHandler } from "express";
import { z } from "zod";
import { type AnswerJson, toAnswerJson } from "../../predictor/answer.ts";
import { InputError } from "../../predictor/errors.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import { type MovieInputs, movieInputs } from "../../predictor/movie.ts";
import {
  jsonResponse,
  type Limits,
  maxBodyBytes,
  type Operation,
  type RouteContext,
} from "../core/route.ts";
import type { Waiter } from "../engine/batcher.ts";
import type { Model } from "../engine/model.ts";
import { nameOf } from "./model.ts";
import { bodyReaders, type MovieRequest, readMovies } from "./readMovies.ts";
import {
  manyAnswersSchema,
  type RequestSchemas,
  requestSchemas,
  singleAnswerSchema,
} from "./schema.ts";

export function predict({ settings, host, admission, metrics }: RouteContext): RequestHandler[] {
  // What a movie may say depends on the model's data, and the model may be replaced.
  const cache = new WeakMap<Manifest, RequestSchemas>();
  const schemasFor = (manifest: Manifest) => {
    const schemas = cache.get(manifest) ?? requestSchemas(movieInputs(manifest.inputs), settings);
    cache.set(manifest, schemas);
    return schemas;
  };
  return [
    ...bodyReaders(maxBodyBytes(settings), settings.maxMovies),
    admission.handle((request, response, { ticket, waiter }) =>
      host.use(async (model) => {
        const start = performance.now();
        const { movies, many } = readMovies(request, schemasFor(model.manifest));
        // The text is no longer needed; let it be collected while the movies wait.
        request.body = undefined;
        ticket.resize(movies.length);
        metrics.observe("read", (performance.now() - start) / 1000);
        const answers = await Promise.all(
          movies.map((movie, i) => answer(model, movie, many ? `movies[${i}]` : undefined, waiter)),
        );
        const body = many
          ? { model: nameOf(model), predictions: answers }
          : { ...answers[0]!, model: nameOf(model) };
        response.set("content-type", "application/json").end(JSON.stringify(body));
      }),
    ),
  ];
}

/** @param whole What the movie's fields are fields of, in errors. */
async function answer(
  model: Model,
  { topK, threshold, explain, ...movie }: MovieRequest,
  whole: string | undefined,
  waiter: Waiter,
): Promise<AnswerJson> {
  try {
    return toAnswerJson(await model.predict({ movie, topK, threshold, explain }, waiter));
  } catch (error) {
    throw whole !== undefined && error instanceof InputError ? error.within(whole) : error;
  }
}

export function predictOperation({ inputs }: Manifest, limits: Limits): Operation {
  const preprocess = movieInputs(inputs);
  const schemas = requestSchemas(preprocess, limits);
  const form = schemas.movieBesideFile.extend({
    poster: z.string().optional().meta({ format: "binary" }),
  });
  return {
    summary: "Genres of one movie, or of several",
    description:
      "JSON of a movie or an array of movies; or a form with the same fields and the poster as a file, for several movies a field `movies` (JSON) and files `posters[0]`, `posters[1]`, ...",
    tag: "Predictions",
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: z.union([schemas.movie, schemas.movies]),
          examples: examplesFor(preprocess),
        },
        "multipart/form-data": { schema: form.meta({ id: "MovieForm" }) },
      },
    },
    responses: {
      "200": jsonResponse(
        "ranked genres, and those at or above their threshold",
        z.union([singleAnswerSchema, manyAnswersSchema]),
      ),
    },
    problems: ["bad-request", "multipart", "too-large", "content-type", "invalid-input"],
  };
}

/** Each is valid for the model. */
function examplesFor({ ratings: { groups, stars } }: MovieInputs) {
  const [gender] = groups.genders;
  const rating = { ...(gender === undefined ? {} : { gender }), age: 25, stars: stars.max };
  return {
    title: { value: { title: "Heat (1995)", topK: 3 } },
    rated: { value: { ratings: [rating], explain: true } },
    several: { value: [{ title: "Toy Story" }, { title: "Alien", year: 1979 }] },
  };
}
