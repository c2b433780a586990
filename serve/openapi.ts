/** /openapi.json, made from the table of routes and the schemas that check requests. */

import * as z from "zod";
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from "zod-openapi";
import packageJson from "../package.json" with { type: "json" };
import { listOf } from "../predictor/listOf.ts";
import type { Manifest } from "../predictor/manifest.ts";
import { nounsOf } from "../predictor/nouns.ts";
import { TRAFFIC_HEADER } from "./core/modelRef.ts";
import { PROBLEMS, type ProblemCode } from "./core/problems.ts";
import type { Limits, Operation, Route } from "./core/route.ts";
import { PROBLEM_TYPE, problemSchema } from "./core/sendProblem.ts";
import { subjectOf } from "./core/targets/types.ts";
import { errorSchema } from "./oip/schema.ts";

/** What may happen to any request that has a body and takes a place in the queue. */
const QUEUE_PROBLEMS = [
  "slow-body",
  "unfinished-bodies",
  "queue-full",
  "bodies-full",
  "timeout",
  "model-unavailable",
  "draining",
] as const satisfies readonly ProblemCode[];

interface Options extends Limits {
  /** Whether API keys are asked for. */
  readonly isProtected: boolean;
  /** Names of the model's versions in paths. */
  readonly versions: readonly string[];
  /** Names of all models. */
  readonly models: readonly string[];
}

/** @returns OpenAPI 3.1 as JSON, of one model: the schemas of items depend on its inputs and data. */
export function createOpenApi(
  routes: readonly Route[],
  manifest: Manifest,
  options: Options,
): string {
  const nouns = nounsOf(manifest);
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  // Routes share operations, and a schema's id is that of one schema.
  const operations = new Map<Route["operation"], Operation>();
  for (const route of routes) {
    const operation = operations.get(route.operation) ?? route.operation(manifest, options);
    operations.set(route.operation, operation);
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = {
      ...paths[path],
      [route.method.toLowerCase()]: describe(route, operation, manifest, options),
    };
  }
  const document = createDocument({
    openapi: "3.1.0",
    info: {
      title: `Marquee: ${manifest.name}`,
      version: packageJson.version,
      description: `Predicts the ${subjectOf(manifest)} of ${nouns.items} from ${listOf(Object.keys(manifest.inputs))}.${othersThan(manifest, options)}`,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        apiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
      },
    },
    paths: paths as ZodOpenApiPathsObject,
  });
  return JSON.stringify(document);
}

/** Where the documents of other models are. */
function othersThan({ name }: Manifest, { models }: Options): string {
  const others = models.filter((other) => other !== name);
  if (others.length === 0) return "";
  const documents = others.map((other) => `[${other}](/openapi.json?model=${other})`);
  return ` This document is for the model ${name}; there are others for ${listOf(documents)}.`;
}

function describe(
  route: Route,
  { tag, requestBody, responses, problems = [], query, ...operation }: Operation,
  manifest: Manifest,
  { isProtected, versions }: Options,
): ZodOpenApiOperationObject {
  const values = { name: [manifest.name], version: versions };
  const parameters = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => [
    name!,
    z.enum(values[name as keyof typeof values]),
  ]);
  const codes = new Set<ProblemCode>([
    ...problems,
    // A part of the path may be no text ("%"), or none at all.
    ...(parameters.length > 0 ? (["bad-request", "not-found"] as const) : []),
    ...(route.path.includes("/:name") ? (["model-not-found"] as const) : []),
    ...(route.needsKey ? (["unauthorized", "rate-limit"] as const) : []),
    ...(route.operatorsOnly ? (["forbidden"] as const) : []),
    ...(route.queued ? QUEUE_PROBLEMS : []),
    "internal",
  ]);
  return {
    ...operation,
    ...(requestBody ? { requestBody } : {}),
    tags: [tag],
    security:
      route.needsKey && (isProtected || route.operatorsOnly)
        ? [{ bearer: [] }, { apiKey: [] }]
        : [],
    requestParams: {
      ...(parameters.length > 0 ? { path: z.object(Object.fromEntries(parameters)) } : {}),
      ...(query ? { query: z.object(query) } : {}),
      ...(route.queued ? { header: TRAFFIC_KEY } : {}),
    },
    responses: {
      ...(route.method === "GET"
        ? { "304": { description: "for If-None-Match: *, as answers have no ETag" } }
        : {}),
      ...problemResponses([...codes], route.path.startsWith("/v2")),
      ...responses,
    } as ZodOpenApiOperationObject["responses"],
  };
}

const TRAFFIC_KEY = z.object({
  [TRAFFIC_HEADER]: z
    .string()
    .optional()
    .describe("requests with the same one get the same version of a model whose traffic is split"),
});
const RETRY_AFTER = z.object({ "retry-after": z.string().describe("seconds") });

/** Problems of one status share a response. */
function problemResponses(
  codes: readonly ProblemCode[],
  isInferenceProtocol: boolean,
): Record<string, ZodOpenApiResponseObject> {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))];
  const content: ZodOpenApiResponseObject["content"] = isInferenceProtocol
    ? { "application/json": { schema: errorSchema } }
    : { [PROBLEM_TYPE]: { schema: problemSchema } };
  return Object.fromEntries(
    statuses.map((status) => {
      const description = codes
        .filter((code) => PROBLEMS[code].status === status)
        .map((code) => `${code}: ${PROBLEMS[code].meaning.replace("under `/v2`: ", "")}`)
        .join("; ");
      const headers = status === 503 || status === 429 ? { headers: RETRY_AFTER } : {};
      return [String(status), { description, content, ...headers }];
    }),
  );
}
