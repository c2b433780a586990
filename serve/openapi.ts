/** /openapi.json, made of the schemas that validate requests. */

import { z } from "zod";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponseObject,
} from "zod-openapi";
import packageJson from "../../package.json" with { type: "json" };
import type { manifestSchema } from "../../predictor/manifest.ts";
import {
  errorSchema,
  inferRequestSchema,
  inferResponseSchema,
  modelMetadataSchema,
  serverMetadataSchema,
} from "../oip/schema.ts";
import { PROBLEM_TYPE, problemSchema } from "./problem.ts";
import {
  labelsSchema,
  manyAnswersSchema,
  modelNameSchema,
  type RequestSchemas,
  singleAnswerSchema,
} from "./schema.ts";

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

type Responses = NonNullable<ZodOpenApiOperationObject["responses"]>;

const json = (description: string, schema: z.ZodType): ZodOpenApiResponseObject => ({
  description,
  content: { "application/json": { schema } },
});
const problem = (description: string): ZodOpenApiResponseObject => ({
  description,
  content: { [PROBLEM_TYPE]: { schema: problemSchema } },
});

const BUSY = {
  ...problem("the queue is full, or there was no answer in time"),
  headers: z.object({ "retry-after": z.string().describe("seconds") }),
} as ZodOpenApiResponseObject;

const PROBLEMS: Responses = {
  "400": problem("the body cannot be read"),
  "401": problem("an API key is needed"),
  "413": problem("the body is too large"),
  "415": problem("the content type is not accepted"),
  "422": problem("a field is wrong"),
  "429": problem("too many requests of one key or address"),
  "503": BUSY,
};

/** @param isProtected Whether API keys are asked for. */
export function createOpenApi(schemas: RequestSchemas, isProtected: boolean): string {
  const security = isProtected ? [{ bearer: [] }, { apiKey: [] }] : [];
  const read = (summary: string, tag: string, schema: z.ZodType): ZodOpenApiOperationObject => ({
    summary,
    tags: [tag],
    security,
    responses: { "200": json("found", schema) },
  });
  const open = (summary: string, schema: z.ZodType): ZodOpenApiOperationObject => ({
    summary,
    tags: ["Operation"],
    security: [],
    responses: { "200": json("yes", schema), "503": json("not now", schema) },
  });
  const modelPath = { path: z.object({ name: z.string() }) };
  const versionPath = { path: z.object({ name: z.string(), version: z.string() }) };
  const metadata = read(
    "Inputs and outputs of the graph",
    "Open Inference Protocol",
    modelMetadataSchema,
  );
  const ready = read(
    "Whether the model answers",
    "Open Inference Protocol",
    z.object({ name: z.string(), ready: z.boolean() }),
  );
  const infer: ZodOpenApiOperationObject = {
    summary: "Run the graph on raw tensors",
    description:
      "As JSON, or with the binary tensor extension: JSON, then raw little-endian tensors in the order of the inputs, with the JSON's length in the header Inference-Header-Content-Length.",
    tags: ["Open Inference Protocol"],
    security,
    requestBody: {
      required: true,
      content: {
        "application/json": { schema: inferRequestSchema },
        "application/octet-stream": { schema: z.string().meta({ format: "binary" }) },
      },
    },
    responses: {
      "200": json("the outputs", inferResponseSchema),
      "400": json("the request is wrong", errorSchema),
      "404": json("no such model", errorSchema),
      "503": json("busy", errorSchema),
    },
  };
  const document = createDocument({
    openapi: "3.1.0",
    info: {
      title: "Marquee",
      version: packageJson.version,
      description: "Movie genres from a title, a poster and users' ratings.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
      },
    },
    paths: {
      "/v1/predict": {
        post: {
          summary: "Genres of one movie, or of several",
          description:
            "JSON of a movie or an array of movies; or a form with the same fields and the poster as a file, for several movies a field `movies` (JSON) and files `posters[0]`, `posters[1]`, ...",
          tags: ["Predictions"],
          security,
          requestBody: {
            required: true,
            content: {
              "application/json": {
                schema: z.union([schemas.movie, schemas.movies]),
                examples: {
                  title: { value: { title: "Heat (1995)", topK: 3 } },
                  rated: {
                    value: { ratings: [{ gender: "F", age: 25, stars: 5 }], explain: true },
                  },
                  several: { value: [{ title: "Toy Story" }, { title: "Alien", year: 1979 }] },
                },
              },
              "multipart/form-data": {
                schema: schemas.movieBesideFile
                  .extend({ poster: z.string().optional().meta({ format: "binary" }) })
                  .meta({ id: "MovieForm" }),
              },
            },
          },
          responses: {
            "200": json(
              "ranked genres, and those at or above their threshold",
              z.union([singleAnswerSchema, manyAnswersSchema]),
            ),
            ...PROBLEMS,
          },
        },
      },
      "/v1/labels": { get: read("The genres and their thresholds", "Model", labelsSchema) },
      "/v1/model": { get: read("The model's card and manifest", "Model", modelAnswerSchema) },
      "/v2": {
        get: read("The server and its extensions", "Open Inference Protocol", serverMetadataSchema),
      },
      "/v2/health/live": { get: open("Live", z.object({ live: z.boolean() })) },
      "/v2/health/ready": {
        get: open("Ready", z.object({ live: z.boolean(), ready: z.boolean() })),
      },
      "/v2/models/{name}": { get: { ...metadata, requestParams: modelPath } },
      "/v2/models/{name}/versions/{version}": { get: { ...metadata, requestParams: versionPath } },
      "/v2/models/{name}/ready": { get: { ...ready, requestParams: modelPath } },
      "/v2/models/{name}/versions/{version}/ready": {
        get: { ...ready, requestParams: versionPath },
      },
      "/v2/models/{name}/infer": { post: { ...infer, requestParams: modelPath } },
      "/v2/models/{name}/versions/{version}/infer": {
        post: { ...infer, requestParams: versionPath },
      },
      "/livez": { get: open("The process answers", z.object({ status: z.string() })) },
      "/readyz": { get: open("Requests are welcome", z.object({ status: z.string() })) },
      "/metrics": {
        get: {
          summary: "Metrics in the Prometheus text format",
          tags: ["Operation"],
          security: [],
          responses: {
            "200": { description: "metrics", content: { "text/plain": { schema: z.string() } } },
          },
        },
      },
    },
  });
  return JSON.stringify(document);
}

/** Manifest without what is long and of use to preprocessing only. */
export function publicManifest(manifest: z.infer<typeof manifestSchema>): Record<string, unknown> {
  const { title, poster, ratings } = manifest.preprocess;
  const { vocabulary, vectorWords, ...restOfTitle } = title;
  const { users, ...restOfRatings } = ratings;
  return {
    ...manifest,
    preprocess: {
      title: { ...restOfTitle, words: vocabulary.length, vectorWords: vectorWords.length },
      poster,
      ratings: { ...restOfRatings, users: users.length },
    },
  };
}
