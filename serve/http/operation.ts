/** Endpoints for orchestrators and Prometheus. */

import type { RequestHandler } from "express";
import * as z from "zod";
import { jsonResponse, type Operation, type RouteContext } from "../core/route.ts";

export const livez = (): RequestHandler[] => [
  (_request, response) => {
    response.json({ status: "live" });
  },
];

export const readyz = ({ isReady }: RouteContext): RequestHandler[] => [
  (_request, response) => {
    const ready = isReady();
    response.status(ready ? 200 : 503).json({ status: ready ? "ready" : "shutting down" });
  },
];

const stateSchema = z.object({ status: z.string() });

export const livezOperation = (): Operation => ({
  summary: "Whether the process answers",
  tag: "Operation",
  responses: { "200": jsonResponse("yes", stateSchema) },
});

export const readyzOperation = (): Operation => ({
  summary: "Whether new requests are welcome",
  tag: "Operation",
  responses: { "200": jsonResponse("yes", stateSchema), "503": jsonResponse("no", stateSchema) },
});

export const metrics = ({ metrics: { registry } }: RouteContext): RequestHandler[] => [
  async (_request, response) => {
    response.set("content-type", registry.contentType);
    response.send(await registry.metrics());
  },
];

export const metricsOperation = (): Operation => ({
  summary: "Metrics in the Prometheus text format",
  tag: "Operation",
  responses: {
    "200": { description: "metrics", content: { "text/plain": { schema: z.string() } } },
  },
});
