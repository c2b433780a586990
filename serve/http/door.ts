/**
 * Where the queue is full, requests are turned away before the application has looked at them: what is told a thousand times a
 * second must take no time from those that were accepted.
 */

import type { RequestListener } from "node:http";
import type { Express } from "express";
import type { Logger } from "pino";
import type { Settings } from "../settings.ts";
import type { Admission } from "./admission.ts";
import { corsHeaders } from "./cors.ts";
import { sendProblem } from "./problem.ts";
import { requestId } from "./requestId.ts";

/** How often it is logged that requests are refused. */
const LOG_MS = 1000;
/** What takes a place in the queue. */
const QUEUED = /^\/v1\/predict\b|^\/v2\/models\/[^/]+(?:\/versions\/[^/]+)?\/infer\b/;

interface Options {
  readonly admission: Admission;
  readonly settings: Settings;
  readonly log: Logger;
  readonly isReady: () => boolean;
}

export function createDoor(app: Express, { admission, settings, log, isReady }: Options) {
  const allowOrigins = corsHeaders(settings.cors);
  let refused = 0;
  const refuse: RequestListener = (request, response) => {
    if (refused++ === 0) {
      setTimeout(() => {
        log.warn({ refused }, "the queue is full; requests were refused");
        refused = 0;
      }, LOG_MS).unref();
    }
    request.id = requestId(request);
    response.setHeader("x-request-id", request.id);
    if (!isReady()) response.setHeader("connection", "close");
    sendProblem(request, response, admission.full());
  };
  const door: RequestListener = (request, response) => {
    if (!admission.isFull || request.method !== "POST" || !QUEUED.test(request.url ?? "")) {
      app(request, response);
    } else if (allowOrigins) {
      allowOrigins(request, response, () => refuse(request, response));
    } else {
      refuse(request, response);
    }
  };
  return door;
}
