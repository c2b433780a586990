/** Schemas of /v1: requests are validated with them, and /openapi.json is made from them. */

import { z } from "zod";
import { INPUT_NAMES, type MovieInputs } from "../../predictor/movie.ts";
import { movieFields } from "../core/movieFields.ts";
import type { Limits } from "../core/route.ts";

/** Options of a movie's answer. */
const answerOptions = {
  topK: z.int().min(1).max(1000).optional().describe("genres in the answer; default: all"),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("probability from which a genre is selected; default: each genre's own threshold"),
  explain: z.boolean().optional().describe("add what each input and each word contributed"),
};

const poster = z
  .string()
  .min(1)
  .describe("JPEG, PNG, WebP, AVIF or GIF file as base64 or data URL")
  .meta({ contentEncoding: "base64" });

/** Why an empty movie is refused. */
export const NOTHING_GIVEN = "is empty; give at least one of title, year, poster and ratings";

/** The schemas that depend on the model's data and on the server's limits. */
export function requestSchemas(preprocess: MovieInputs, limits: Limits) {
  const maxRatings = Math.min(limits.maxRatings, preprocess.ratings.maxRatings);
  // All but the poster, which is text in JSON and a file in a form.
  const fields = { ...movieFields(preprocess.ratings, maxRatings), ...answerOptions };
  const movie = z
    .strictObject({ ...fields, poster: poster.optional() })
    .refine(
      ({ title, year, ratings, poster: file }) =>
        title !== undefined || year !== undefined || ratings?.length || file !== undefined,
      { error: NOTHING_GIVEN },
    )
    .meta({ id: "Movie", description: "A movie: at least one of title, year, poster, ratings." });
  const movieBesideFile = z
    .strictObject(fields)
    .meta({ id: "MovieBesideFile", description: "A movie whose poster is a file of the form." });
  const movies = z.array(movie).min(1).max(limits.maxMovies);
  return {
    movie,
    movieBesideFile,
    movies,
    moviesBesideFiles: z.array(movieBesideFile).min(1).max(limits.maxMovies),
  };
}

export type RequestSchemas = ReturnType<typeof requestSchemas>;
export type MovieBesideFile = z.infer<RequestSchemas["movieBesideFile"]>;

const probability = z.number().min(0).max(1);

const contributions = z
  .array(
    z.object({
      label: z.string(),
      contribution: z
        .number()
        .describe("probability from all inputs, less the probability without this input"),
      without: probability,
      alone: probability,
    }),
  )
  .describe("in the order of the answer's scores");

const inputContribution = z.object({
  weight: z.number().describe("factor of the input's logits in the fusion, 0 where it is absent"),
  scores: contributions,
});

const scores = z.array(z.object({ label: z.string(), probability, selected: z.boolean() }));

const attended = z.array(z.object({ part: z.string(), weight: z.number() }));

/** A field's name of version 0.1, kept for one version. */
const deprecated = (name: string) => ({ deprecated: true, description: `now \`${name}\`` });

const predictionSchema = z
  .object({
    scores: scores.describe("most probable first, at most topK"),
    selected: z.array(z.string()).describe("labels at or above the threshold, whatever topK is"),
    explanation: z
      .object({
        inputs: z
          .partialRecord(z.enum(INPUT_NAMES), inputContribution)
          .describe("of those the movie has"),
        attention: z
          .record(z.string(), attended)
          .describe("by input, where the model attends over its parts: the parts in order"),
        modalities: z
          .partialRecord(
            z.enum(INPUT_NAMES),
            inputContribution.extend({ genres: contributions.meta(deprecated("scores")) }),
          )
          .meta(deprecated("inputs")),
        titleAttention: z
          .array(z.object({ word: z.string(), weight: z.number() }))
          .meta(deprecated("attention.title")),
      })
      .optional(),
    genres: scores.meta(deprecated("scores")),
    labels: z.array(z.string()).meta(deprecated("selected")),
  })
  .meta({ id: "Prediction" });

const modelNameSchema = z
  .object({ name: z.string(), version: z.string(), synthetic: z.boolean() })
  .describe("synthetic: trained on invented movies, so that answers say nothing about real ones")
  .meta({ id: "ModelName" });

export const singleAnswerSchema = predictionSchema
  .extend({ model: modelNameSchema })
  .meta({ id: "Answer" });
export const manyAnswersSchema = z
  .object({ model: modelNameSchema, predictions: z.array(predictionSchema) })
  .meta({ id: "Answers" });

export const modelAnswerSchema = z
  .object({
    model: modelNameSchema,
    provider: z.string(),
    precision: z.string(),
    card: z.string().optional().describe("model card, Markdown"),
    manifest: z
      .record(z.string(), z.unknown())
      .describe("the bundle's manifest.json, without the words and users that preprocessing knows"),
  })
  .meta({ id: "Model" });

export const labelsSchema = z
  .object({
    model: modelNameSchema,
    labels: z.array(z.object({ label: z.string(), threshold: probability })),
  })
  .meta({ id: "Labels" });
