/** What /v1 takes and gives: the schemas that validate requests, and that /openapi.json is made of. */

import { z } from "zod";
import { INPUT_NAMES } from "../../predictor/predictor.ts";
import { MAX_AGE } from "../../predictor/preprocess/ratings.ts";
import { MAX_TITLE_CHARACTERS } from "../../predictor/preprocess/title.ts";

export interface Limits {
  readonly maxMovies: number;
  readonly maxRatings: number;
}

const id = z
  .union([z.string().min(1).max(200), z.int()])
  .transform(String)
  .describe("as in the data the model was trained on");

export const ratingSchema = z
  .strictObject({
    user: id.optional(),
    gender: z.enum(["F", "M"]).optional(),
    age: z.number().min(0).max(MAX_AGE).optional().describe("years"),
    occupation: z.int().min(0).optional().describe("MovieLens code, 0 to 20"),
    stars: z.number().describe("within the range of the model's data: 1 to 5 for MovieLens"),
  })
  .meta({
    id: "Rating",
    description: "Demographics count where the user is unknown to the model or not given.",
  });

/** All of a movie but the poster, which is text in JSON and a file in multipart. */
const fields = ({ maxRatings }: Limits) => ({
  title: z.string().max(MAX_TITLE_CHARACTERS).optional().meta({ example: "Heat (1995)" }),
  year: z.int().min(1888).max(2100).optional().describe("of release; also read from the title"),
  ratings: z.array(ratingSchema).max(maxRatings).optional(),
  topK: z.int().min(1).max(1000).optional().describe("genres in the answer; default: all"),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("probability from which a genre is among the labels; default: each genre's own"),
  explain: z.boolean().optional().describe("add what each input and each word contributed"),
});

const poster = z
  .string()
  .min(1)
  .describe("JPEG, PNG, WebP, AVIF or GIF file as base64 or data URL")
  .meta({ contentEncoding: "base64" });

/** Why a movie of which nothing is known is refused, and where. */
const NOTHING = { error: "nothing is known of it; give title, year, poster or ratings" };

/** The schemas that depend on the server's limits. */
export function requestSchemas(limits: Limits) {
  const movie = z
    .strictObject({ ...fields(limits), poster: poster.optional() })
    .refine(
      ({ title, year, ratings, poster: file }) =>
        title !== undefined || year !== undefined || ratings?.length || file !== undefined,
      NOTHING,
    )
    .meta({ id: "Movie", description: "A movie: at least one of title, year, poster, ratings." });
  const movieBesideFile = z
    .strictObject(fields(limits))
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
const share = z.number();

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
  weight: share.describe("factor of the input's logits in the fusion, 0 where it is absent"),
  scores: contributions,
});

const scores = z.array(z.object({ label: z.string(), probability, selected: z.boolean() }));

/** Names of version 0.1, kept for one version. */
const old = (name: string) => ({ deprecated: true, description: `now \`${name}\`` });

export const predictionSchema = z
  .object({
    scores: scores.describe("most probable first, at most topK"),
    selected: z.array(z.string()).describe("labels at or above the threshold, whatever topK is"),
    explanation: z
      .object({
        inputs: z
          .partialRecord(z.enum(INPUT_NAMES), inputContribution)
          .describe("of those the movie has"),
        titleAttention: z.array(z.object({ word: z.string(), weight: share })),
        modalities: z
          .partialRecord(
            z.enum(INPUT_NAMES),
            inputContribution.extend({ genres: contributions.meta(old("scores")) }),
          )
          .meta(old("inputs")),
      })
      .optional(),
    genres: scores.meta(old("scores")),
    labels: z.array(z.string()).meta(old("selected")),
  })
  .meta({ id: "Prediction" });

export const modelNameSchema = z
  .object({ name: z.string(), version: z.string(), synthetic: z.boolean() })
  .describe("synthetic: trained on invented movies, so that answers say nothing of real ones")
  .meta({ id: "ModelName" });

export const singleAnswerSchema = predictionSchema
  .extend({ model: modelNameSchema })
  .meta({ id: "Answer" });
export const manyAnswersSchema = z
  .object({ model: modelNameSchema, predictions: z.array(predictionSchema) })
  .meta({ id: "Answers" });

export const labelsSchema = z
  .object({
    model: modelNameSchema,
    labels: z.array(z.object({ label: z.string(), threshold: probability })),
  })
  .meta({ id: "Labels" });
