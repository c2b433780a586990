/**
 * Refuses requests for queued routes before the application has looked at them, while the queue is full or the server is
 * shutting down: a refusal that is sent a thousand times a second must take no time from the accepted requests.
 */

import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Express } from "express";
import type { Logger } from "pino";
import type { Admission } from "./core/admission.ts";
import type { Metrics } from "./core/metrics.ts";
import { createRefusalLog } from "./core/refusalLog.ts";
import { requestId, setBasicHeaders } from "./core/requestId.ts";
import type { Route } from "./core/route.ts";
import type { SendProblem } from "./core/sendProblem.ts";
import { corsHeaders } from "./http/cors.ts";
import { securityHeaders } from "./http/site.ts";
import type { Settings } from "./settings.ts";

interface Options {
  readonly routes: readonly Route[];
  readonly admission: Admission;
  readonly metrics: Metrics;
  readonly settings: Settings;
  readonly log: Logger;
  readonly isReady: () => boolean;
  readonly sendProblem: SendProblem;
}

/** @returns The listener to put in front of the application. */
export function shedLoad(app: Express, options: Options): RequestListener {
  const { admission, metrics, settings, log, isReady, sendProblem } = options;
  const queued = options.routes.filter((route) => route.queued).map(withPattern);
  const secure = securityHeaders(settings.cors);
  const allowOrigins = corsHeaders(settings.cors) ?? ((_request, _response, next) => next());
  const logRefusal = createRefusalLog(log);

  function refuse(route: Route, request: IncomingMessage, response: ServerResponse): void {
    const start = performance.now();
    const reason = admission.refusal ?? "queue-full";
    logRefusal(reason);
    request.id = requestId(request);
    setBasicHeaders(response, request.id, isReady());
    sendProblem(request, response, admission.refuse(reason));
    const { method, path } = route;
    const labels = { method, route: path, status: response.statusCode };
    metrics.requests.observe(labels, (performance.now() - start) / 1000);
  }

  return (request, response) => {
    const route =
      admission.refusal === undefined
        ? undefined
        : queued.find(({ method, url }) => method === request.method && url.test(request.url!));
    if (route === undefined) {
      app(request, response);
      return;
    }
    secure(request, response, () =>
      allowOrigins(request, response, () => refuse(route, request, response)),
    );
  };
}

/** Adds the URLs that Express would give to the route. */
function withPattern(route: Route): Route & { readonly url: RegExp } {
  return {
    ...route,
    url: new RegExp(`^${route.path.replace(/:\w+/g, "[^/]+")}/?(?:\\?|$)`),
  };
}
