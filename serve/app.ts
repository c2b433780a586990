/** The Express application: the middleware of every request, and the routes of the table. */

import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import type { Logger } from "pino";
import { pinoHttp } from "pino-http";
import type { Manifest } from "../predictor/manifest.ts";
import { allKeys, callersKeys } from "./core/apiKeys.ts";
import { timeRequests } from "./core/metrics.ts";
import { HttpError } from "./core/problems.ts";
import type { Rates } from "./core/rates.ts";
import { requestId, setBasicHeaders } from "./core/requestId.ts";
import type { RouteContext } from "./core/route.ts";
import type { SendProblem } from "./core/sendProblem.ts";
import { limitRate, requireKey, requireOperator } from "./http/access.ts";
import { corsHeaders } from "./http/cors.ts";
import { docsRouter, securityHeaders, siteRouter } from "./http/site.ts";
import { createOpenApi } from "./openapi.ts";
import { allowedMethods, ROUTES } from "./routes.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";
import { isProbe, logFields, traceRequests } from "./telemetry/tracing.ts";

/** Paths of pages, which are served to GET and HEAD only. */
const PAGES = ["/", "/docs"];

export interface AppOptions extends Omit<RouteContext, "openApi"> {
  readonly log: Logger;
  readonly rates: Rates;
  readonly sendProblem: SendProblem;
  readonly telemetry: Telemetry;
}

export function createApp(options: AppOptions): Express {
  const { settings, admission, rates, sendProblem } = options;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("trust proxy", settings.trustProxy);
  app.set("query parser", "simple");
  app.use(...passedByAll(options));

  const context: RouteContext = { ...options, openApi: describeApi(options) };
  const { apiKeys, operatorKeys } = settings;
  const limitWrong = limitRate(rates.wrongKeys, sendProblem);
  const limitAll = limitRate(rates.requests, sendProblem);
  const hasOperators = operatorKeys.length > 0;
  const guards = [requireKey(callersKeys(settings), limitWrong), limitAll];
  const operatorGuards = hasOperators
    ? [requireKey(allKeys(settings), limitWrong), limitAll, requireOperator(apiKeys.length)]
    : [...guards, requireOperator(undefined)];
  for (const { method, path, needsKey, operatorsOnly, queued, handlers } of ROUTES) {
    const register = method === "GET" ? app.get.bind(app) : app.post.bind(app);
    register(path, [
      ...(operatorsOnly ? operatorGuards : needsKey ? guards : []),
      ...(queued ? [admission.gate] : []),
      ...handlers(context),
    ]);
  }
  for (const [path, methods] of allowedMethods(ROUTES)) {
    const needsKey = ROUTES.some((route) => route.path === path && route.needsKey);
    app.all(path, [...(needsKey ? guards : []), otherMethod(methods)]);
  }
  app.use(["/v1", "/v2"], guards);

  app.use(readableAddress);
  app.use(docsRouter());
  app.use(siteRouter(settings.site, settings.embedOrigins));
  app.all(PAGES, otherMethod("GET, HEAD, OPTIONS"));
  app.use(({ method, originalUrl }) => {
    const path = originalUrl.split("?", 1)[0];
    throw new HttpError("not-found", `no such endpoint: ${method} ${path}; see /docs`);
  });
  app.use(((error, request, response, _next) =>
    sendProblem(request, response, error)) satisfies ErrorRequestHandler);
  return app;
}

function passedByAll(options: AppOptions): [RequestHandler[]] {
  const { settings, metrics, log, isReady, telemetry } = options;
  const { startTrace } = telemetry;
  const allowOrigins = corsHeaders(settings.cors);
  return [
    [
      // First, so that log lines name the trace.
      ...(startTrace ? [traceRequests(startTrace)] : []),
      logRequests(log),
      (request, response, next) => {
        setBasicHeaders(response, String(request.id), isReady());
        next();
      },
      timeRequests(metrics),
      securityHeaders(settings.cors),
      ...(allowOrigins ? [allowOrigins] : []),
    ],
  ];
}

/** Refuses paths that cannot be decoded, such as `/%`, which the static files would answer as plain text. */
const readableAddress: RequestHandler = (request, _response, next) => {
  try {
    decodeURIComponent(request.path);
  } catch {
    throw new HttpError("bad-request", "the URL path has an invalid percent escape");
  }
  next();
};

/** Answers requests whose method the path does not support. */
function otherMethod(allowed: string): RequestHandler {
  return (request, response) => {
    response.set("allow", allowed);
    if (request.method === "OPTIONS") {
      response.status(204).end();
      return;
    }
    throw new HttpError("method", `${request.method} is not allowed here; use ${allowed}`);
  };
}

/** The OpenAPI document, made once for each model and its versions. */
function describeApi({ settings, models }: AppOptions): RouteContext["openApi"] {
  const isProtected = settings.apiKeys.length > 0;
  const { maxMovies, maxRatings } = settings;
  const cache = new WeakMap<Manifest, { readonly of: string; readonly document: string }>();
  return (asked) => {
    const { manifest } = models.find({ name: asked });
    const { name } = manifest;
    const options = { versions: models.versionsOf(name), models: [...models.all.keys()] };
    const of = JSON.stringify(options);
    const known = cache.get(manifest);
    if (known?.of === of) return known.document;
    const document = createOpenApi(ROUTES, manifest, {
      ...{ isProtected, maxMovies, maxRatings },
      ...options,
    });
    cache.set(manifest, { of, document });
    return document;
  };
}

/** Logs a line per request, with its id, which the client may have given; without headers and bodies. */
function logRequests(log: Logger) {
  return pinoHttp({
    logger: log,
    genReqId: requestId,
    // Undefined, which its type lacks, costs nothing.
    customProps: logFields as (...request: Parameters<typeof logFields>) => object,
    // Refusals because of load are not failures, and there may be thousands of them a second.
    customLogLevel: (_request, response, error) =>
      error || response.statusCode === 500 ? "error" : isProbe(response.req.url) ? "debug" : "info",
    serializers: {
      req: ({ id, method, url, remoteAddress }) => ({ id, method, url, remoteAddress }),
      res: ({ statusCode }) => ({ statusCode }),
    },
  });
}
