/**
 * The table of routes. The application, load shedding, 405 answers and OpenAPI are made from it: a new endpoint is a new row
 * here, and nothing else.
 */

import * as z from "zod";
import { jsonResponse, type Route } from "./core/route.ts";
import { labels, labelsOperation, model, modelOperation } from "./http/model.ts";
import { models, modelsOperation } from "./http/models.ts";
import {
  livez,
  livezOperation,
  metrics,
  metricsOperation,
  readyz,
  readyzOperation,
} from "./http/operation.ts";
import { predict, predictOperation } from "./http/predict.ts";
import { config, configOperation } from "./oip/config.ts";
import * as oip from "./oip/handlers.ts";
import * as repository from "./oip/repository.ts";
import { statistics, statisticsOperation } from "./oip/statistics.ts";

const open = { queued: false, needsKey: false } as const;
const keyed = { queued: false, needsKey: true } as const;
const operators = { ...keyed, operatorsOnly: true } as const;
const queued = { queued: true, needsKey: true } as const;

/** A model's routes, with and without its version in the path. */
const modelRoutes = (path: string): Route[] => [
  { method: "GET", path, ...keyed, handlers: model, operation: modelOperation },
  {
    method: "GET",
    path: `${path}/labels`,
    ...keyed,
    handlers: labels,
    operation: labelsOperation,
  },
  {
    method: "POST",
    path: `${path}/predict`,
    ...queued,
    handlers: predict,
    operation: predictOperation,
  },
];

/** The same for the Open Inference Protocol. */
const inferenceRoutes = (path: string): Route[] => [
  { method: "GET", path, ...keyed, handlers: oip.metadata, operation: oip.metadataOperation },
  {
    method: "GET",
    path: `${path}/ready`,
    ...keyed,
    handlers: oip.modelReady,
    operation: oip.modelReadyOperation,
  },
  {
    method: "POST",
    path: `${path}/infer`,
    ...queued,
    handlers: oip.infer,
    operation: oip.inferOperation,
  },
  {
    method: "GET",
    path: `${path}/config`,
    ...keyed,
    handlers: config,
    operation: configOperation,
  },
  {
    method: "GET",
    path: `${path}/stats`,
    ...keyed,
    handlers: statistics,
    operation: statisticsOperation,
  },
];

export const ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/predict",
    ...queued,
    handlers: predict,
    operation: predictOperation,
  },
  { method: "GET", path: "/v1/labels", ...keyed, handlers: labels, operation: labelsOperation },
  { method: "GET", path: "/v1/model", ...keyed, handlers: model, operation: modelOperation },
  { method: "GET", path: "/v1/models", ...keyed, handlers: models, operation: modelsOperation },
  ...modelRoutes("/v1/models/:name"),
  ...modelRoutes("/v1/models/:name/versions/:version"),
  { method: "GET", path: "/v2", ...keyed, handlers: oip.server, operation: oip.serverOperation },
  {
    method: "GET",
    path: "/v2/health/live",
    ...open,
    handlers: oip.live,
    operation: oip.liveOperation,
  },
  {
    method: "GET",
    path: "/v2/health/ready",
    ...open,
    handlers: oip.ready,
    operation: oip.readyOperation,
  },
  // Before the model of that name.
  {
    method: "GET",
    path: "/v2/models/stats",
    ...keyed,
    handlers: statistics,
    operation: statisticsOperation,
  },
  ...inferenceRoutes("/v2/models/:name"),
  ...inferenceRoutes("/v2/models/:name/versions/:version"),
  {
    method: "POST",
    path: "/v2/repository/index",
    ...keyed,
    handlers: repository.index,
    operation: repository.indexOperation,
  },
  {
    method: "POST",
    path: "/v2/repository/models/:name/load",
    ...operators,
    handlers: repository.load,
    operation: repository.loadOperation,
  },
  {
    method: "POST",
    path: "/v2/repository/models/:name/unload",
    ...operators,
    handlers: repository.unload,
    operation: repository.unloadOperation,
  },
  {
    method: "GET",
    path: "/livez",
    ...open,
    handlers: livez,
    operation: livezOperation,
  },
  {
    method: "GET",
    path: "/readyz",
    ...open,
    handlers: readyz,
    operation: readyzOperation,
  },
  { method: "GET", path: "/metrics", ...open, handlers: metrics, operation: metricsOperation },
  {
    method: "GET",
    path: "/openapi.json",
    ...open,
    handlers: ({ openApi }) => [
      ({ query }, response) => {
        const name = typeof query.model === "string" ? query.model : undefined;
        response.type("application/json").send(openApi(name));
      },
    ],
    operation: () => ({
      summary: "This document",
      tag: "Operation",
      query: {
        model: z.string().optional().describe("the model it is of, where there are several"),
      },
      responses: { "200": jsonResponse("OpenAPI 3.1", z.record(z.string(), z.unknown())) },
      problems: ["model-not-found"],
    }),
  },
];

/** The methods that each path takes, as the header `Allow` lists them. */
export function allowedMethods(routes: readonly Route[]): ReadonlyMap<string, string> {
  const paths = [...new Set(routes.map(({ path }) => path))];
  return new Map(
    paths.map((path) => {
      const methods = routes.filter((route) => route.path === path).map(({ method }) => method);
      // Express answers HEAD where there is a GET.
      const all = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method]));
      return [path, [...all, "OPTIONS"].join(", ")];
    }),
  );
}
