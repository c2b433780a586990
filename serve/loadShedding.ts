/**
 * Where the queue is full, requests are turned away before the application has looked at them, whoever asks: what is told a
 * thousand times a second must take no time from those that were accepted.
 */

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Express } from "express";
import type { Logger } from "pino";
import type { Settings } from "../settings.ts";
import type { Admission } from "./admission.ts";
import { corsHeaders } from "./cors.ts";
import type { Metrics } from "./metrics.ts";
import { sendProblem } from "./problem.ts";
import { requestId, setBasicHeaders } from "./requestId.ts";
import { securityHeaders } from "./site.ts";

/** How often it is logged that requests are refused. */
const LOG_MS = 1000;
/** What takes a place in the queue: routes, as metrics name them, and the URLs that they are for. */
const QUEUED = [
  "/v1/predict",
  "/v2/models/:name/infer",
  "/v2/models/:name/versions/:version/infer",
].map((route) => ({
  route,
  url: new RegExp(`^${route.replace(/:\w+/g, "[^/]+")}/?(?:\\?|$)`),
}));

interface Options {
  readonly admission: Admission;
  readonly metrics: Metrics;
  readonly settings: Settings;
  readonly log: Logger;
  readonly isReady: () => boolean;
}

export function createDoor(app: Express, options: Options): RequestListener {
  const { admission, metrics, settings, log, isReady } = options;
  const secure = securityHeaders(settings.cors);
  const allowOrigins = corsHeaders(settings.cors) ?? ((_request, _response, next) => next());
  let refused = 0;

  function refuse(route: string, request: IncomingMessage, response: ServerResponse): void {
    const start = performance.now();
    if (refused++ === 0) {
      setTimeout(() => {
        log.warn({ refused }, "the queue is full; requests were refused");
        refused = 0;
      }, LOG_MS).unref();
    }
    request.id = requestId(request);
    setBasicHeaders(response, request.id, isReady());
    sendProblem(request, response, admission.full());
    const seconds = (performance.now() - start) / 1000;
    metrics.requests.observe({ method: "POST", route, status: 503 }, seconds);
  }

  return (request, response) => {
    const { method, url = "" } = request;
    const route =
      admission.isFull && method === "POST"
        ? QUEUED.find((queued) => queued.url.test(url))?.route
        : undefined;
    if (route === undefined) {
      app(request, response);
      return;
    }
    secure(request, response, () =>
      allowOrigins(request, response, () => refuse(route, request, response)),
    );
  };
}
