/**
 * The table of routes. The application, load shedding, 405 answers and OpenAPI are made from it: a new endpoint is a new row
 * here, and nothing else.
 */

import { z } from "zod";
import { jsonResponse, type Route } from "./core/route.ts";
import { labels, labelsOperation, model, modelOperation } from "./http/model.ts";
import { livez, metrics, metricsOperation, readyz, stateOperation } from "./http/operation.ts";
import { predict, predictOperation } from "./http/predict.ts";
import * as oip from "./oip/handlers.ts";

const open = { queued: false, needsKey: false } as const;
const keyed = { queued: false, needsKey: true } as const;
const queued = { queued: true, needsKey: true } as const;

/** A model's routes, with and without its version in the path. */
const predictRoutes = (path: string): Route[] => [
  {
    method: "POST",
    path: `${path}/predict`,
    ...queued,
    handlers: predict,
    operation: predictOperation,
  },
];

/** The same for the Open Inference Protocol. */
const modelRoutes = (path: string): Route[] => [
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
  ...predictRoutes("/v1/models/:name"),
  ...predictRoutes("/v1/models/:name/versions/:version"),
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
  ...modelRoutes("/v2/models/:name"),
  ...modelRoutes("/v2/models/:name/versions/:version"),
  {
    method: "GET",
    path: "/livez",
    ...open,
    handlers: livez,
    operation: () => stateOperation("Whether the process answers"),
  },
  {
    method: "GET",
    path: "/readyz",
    ...open,
    handlers: readyz,
    operation: () => stateOperation("Whether new requests are welcome"),
  },
  { method: "GET", path: "/metrics", ...open, handlers: metrics, operation: metricsOperation },
  {
    method: "GET",
    path: "/openapi.json",
    ...open,
    handlers: ({ openApi }) => [
      (_request, response) => {
        response.type("application/json").end(openApi());
      },
    ],
    operation: () => ({
      summary: "This document",
      tag: "Operation",
      responses: { "200": jsonResponse("OpenAPI 3.1", z.record(z.string(), z.unknown())) },
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
