/** /openapi.json, made from the table of routes and the schemas that check requests. */

import { z } from "zod";
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
  "draining",
] as const satisfies readonly ProblemCode[];

interface Options extends Limits {
  /** Whether API keys are asked for. */
  readonly isProtected: boolean;
}

/** @returns OpenAPI 3.1 as JSON; the schemas of items depend on the model's inputs and data. */
export function createOpenApi(
  routes: readonly Route[],
  manifest: Manifest,
  options: Options,
): string {
  const nouns = nounsOf(manifest);
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  /** Routes with one operation share its schemas, whose ids may be given once. */
  const operations = new Map<Route["operation"], Operation>();
  for (const route of routes) {
    const operation = operations.get(route.operation) ?? route.operation(manifest, options);
    operations.set(route.operation, operation);
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths[path] = {
      ...paths[path],
      [route.method.toLowerCase()]: describe(route, operation, options),
    };
  }
  const document = createDocument({
    openapi: "3.1.0",
    info: {
      title: `Marquee: ${manifest.name}`,
      version: packageJson.version,
      description: `Predicts the ${subjectOf(manifest)} of ${nouns.items} from ${listOf(Object.keys(manifest.inputs))}.`,
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

function describe(
  route: Route,
  { tag, requestBody, responses, problems = [], ...operation }: Operation,
  { isProtected }: Options,
): ZodOpenApiOperationObject {
  const parameters = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => [name!, z.string()]);
  const codes: ProblemCode[] = [
    ...problems,
    // A part of the path may be no text ("%").
    ...(parameters.length > 0 && !problems.includes("bad-request")
      ? (["bad-request"] as const)
      : []),
    ...(route.needsKey ? (["unauthorized", "rate-limit"] as const) : []),
    ...(route.queued ? QUEUE_PROBLEMS : []),
  ];
  return {
    ...operation,
    ...(requestBody ? { requestBody } : {}),
    tags: [tag],
    security: route.needsKey && isProtected ? [{ bearer: [] }, { apiKey: [] }] : [],
    ...(parameters.length > 0
      ? { requestParams: { path: z.object(Object.fromEntries(parameters)) } }
      : {}),
    responses: {
      ...problemResponses(codes, route.path.startsWith("/v2")),
      ...responses,
    } as ZodOpenApiOperationObject["responses"],
  };
}

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
