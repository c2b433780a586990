/** The Express application: what is answered where, and what every request passes on its way. */

import express, { type Express } from "express";
import type { Logger } from "pino";
import { pinoHttp } from "pino-http";
import type { z } from "zod";
import type { ModelHost } from "../engine/host.ts";
import { healthRouter, inferenceRouter } from "../oip/router.ts";
import type { Settings } from "../settings.ts";
import { limitRate, requireKey } from "./access.ts";
import type { Admission } from "./admission.ts";
import { corsHeaders } from "./cors.ts";
import { type Metrics, timeRequests } from "./metrics.ts";
import { createOpenApi, type modelAnswerSchema, publicManifest } from "./openapi.ts";
import { nameOf, predictHandler } from "./predict.ts";
import { HttpError, problemHandler } from "./problem.ts";
import { bodyReaders } from "./readMovies.ts";
import { requestId, setBasicHeaders } from "./requestId.ts";
import { type labelsSchema, requestSchemas } from "./schema.ts";
import { docsRouter, securityHeaders, siteRouter } from "./site.ts";

const MEGA = 1_000_000;

export interface AppOptions {
  readonly settings: Settings;
  readonly host: ModelHost;
  readonly admission: Admission;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** False once the server is on its way out. */
  readonly isReady: () => boolean;
}

export function createApp(options: AppOptions): Express {
  const { settings, host, admission, metrics, log, isReady } = options;
  const schemas = requestSchemas(settings);
  const openApi = createOpenApi(schemas, settings.apiKeys.length > 0);
  const maxBytes = settings.bodyMb * MEGA;

  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("trust proxy", settings.trustProxy);
  app.set("query parser", "simple");

  app.use(logRequests(log));
  app.use((request, response, next) => {
    setBasicHeaders(response, String(request.id), isReady());
    next();
  });
  app.use(timeRequests(metrics));
  app.use(securityHeaders(settings.cors));
  const allowOrigins = corsHeaders(settings.cors);
  if (allowOrigins) app.use(allowOrigins);

  app.get("/livez", (_request, response) => {
    response.json({ status: "live" });
  });
  app.get("/readyz", (_request, response) => {
    const ready = isReady();
    response.status(ready ? 200 : 503).json({ status: ready ? "ready" : "going" });
  });
  app.get("/metrics", async (_request, response) => {
    response.set("content-type", metrics.registry.contentType);
    response.end(await metrics.registry.metrics());
  });
  app.get("/openapi.json", (_request, response) => {
    response.type("application/json").end(openApi);
  });
  app.use(healthRouter({ isReady }));

  app.use(["/v1", "/v2"], requireKey(settings.apiKeys, metrics));
  app.use(["/v1", "/v2"], limitRate(settings.ratePerMinute, metrics));
  app.post(
    "/v1/predict",
    admission.gate,
    ...bodyReaders(maxBytes, settings.maxMovies),
    predictHandler({ ...options, schemas }),
  );
  app.get("/v1/labels", (_request, response) => {
    const { manifest } = host.model;
    response.json({
      model: nameOf(host.model),
      labels: manifest.labels.map((label, i) => ({ label, threshold: manifest.thresholds[i]! })),
    } satisfies z.infer<typeof labelsSchema>);
  });
  app.get("/v1/model", (_request, response) => {
    const { manifest, provider, precision, card } = host.model;
    response.json({
      model: nameOf(host.model),
      provider,
      precision,
      ...(card === undefined ? {} : { card }),
      manifest: publicManifest(manifest),
    } satisfies z.infer<typeof modelAnswerSchema>);
  });
  app.use(inferenceRouter({ host, admission, isReady, maxBytes, maxRows: settings.maxMovies }));

  app.use(docsRouter());
  app.use(siteRouter(settings.site));
  app.use((request) => {
    const methods = METHODS[request.path];
    if (methods !== undefined && !methods.includes(request.method)) {
      throw new HttpError(405, "method", `send ${methods}, not ${request.method}`, {
        headers: { allow: methods },
      });
    }
    throw new HttpError(404, "not-found", "there is nothing at this path; see /docs");
  });
  app.use(problemHandler);
  return app;
}

/** For those who come to the right door in the wrong way. */
const METHODS: Readonly<Record<string, string>> = {
  "/v1/predict": "POST",
  "/v1/labels": "GET, HEAD",
  "/v1/model": "GET, HEAD",
  "/v2": "GET, HEAD",
};

/** One line per request, with an id that the client may have given; nothing of headers or bodies. */
function logRequests(log: Logger) {
  return pinoHttp({
    logger: log,
    genReqId: requestId,
    // Being busy is no failure, and may be said a thousand times a second.
    customLogLevel: (_request, response, error) =>
      error || response.statusCode === 500 ? "error" : isProbe(response.req.url) ? "debug" : "info",
    serializers: {
      req: ({ id, method, url, remoteAddress }) => ({ id, method, url, remoteAddress }),
      res: ({ statusCode }) => ({ statusCode }),
    },
  });
}

function isProbe(url = ""): boolean {
  return /^\/(?:livez|readyz|metrics|v2\/health\/)/.test(url);
}
