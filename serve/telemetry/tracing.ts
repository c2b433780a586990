/** Spans: one for each request, and under it one for each stage that it went through. */

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Attributes, Span, Tracer } from "@opentelemetry/api";
import type { RequestHandler, Response } from "express";
import type { StageListener } from "../engine/batcher.ts";
import { traceParentOf } from "./traceContext.ts";

type Api = typeof import("@opentelemetry/api");

/** A request that is traced. */
interface RequestTrace {
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined where the trace is not sampled: then nobody has to take times. */
  readonly onStage: StageListener | undefined;
  /** @param error What went wrong, in a word; undefined if the server did what it should. */
  end(name: string, attributes: Attributes, error?: string): void;
}

/**
 * Begins the span of a request, of whatever protocol.
 *
 * @param headers With the caller's `traceparent` and `tracestate`, if it has a trace.
 */
export type StartTrace = (
  name: string,
  headers: IncomingHttpHeaders,
  attributes: Attributes,
) => RequestTrace;

interface StageTimes {
  from: number;
  to: number;
  count: number;
  attributes: Attributes;
}

export function createStartTrace(api: Api, tracer: Tracer): StartTrace {
  return (name, headers, attributes) => {
    const options = { kind: api.SpanKind.SERVER, attributes };
    const span = tracer.startSpan(name, options, parentContext(api, headers));
    const { traceId, spanId } = span.spanContext();
    const stages = new Map<string, StageTimes>();
    return {
      traceId,
      spanId,
      onStage: span.isRecording() ? (...stage) => addStage(stages, ...stage) : undefined,
      end(finalName, more, error) {
        span.updateName(finalName);
        span.setAttributes(more);
        if (error !== undefined) span.setStatus({ code: api.SpanStatusCode.ERROR, message: error });
        addChildren(api, tracer, span, stages);
        span.end();
      },
    };
  };
}

/** A request of many items goes through a stage many times: that is one span, from the first to the last. */
function addStage(
  stages: Map<string, StageTimes>,
  ...[name, from, to, attributes = {}]: Parameters<StageListener>
): void {
  const known = stages.get(name);
  if (known === undefined) stages.set(name, { from, to, count: 1, attributes });
  else {
    known.from = Math.min(known.from, from);
    known.to = Math.max(known.to, to);
    known.count++;
    known.attributes = attributes;
  }
}

function addChildren(
  api: Api,
  tracer: Tracer,
  parent: Span,
  stages: ReadonlyMap<string, StageTimes>,
): void {
  const context = api.trace.setSpan(api.ROOT_CONTEXT, parent);
  for (const [name, { from, to, count, attributes }] of stages) {
    const child = tracer.startSpan(
      name,
      { startTime: from, attributes: { ...attributes, "marquee.stage.count": count } },
      context,
    );
    child.end(to);
  }
}

function parentContext(api: Api, headers: IncomingHttpHeaders) {
  const parent = traceParentOf(headers);
  if (parent === undefined) return api.ROOT_CONTEXT;
  const { tracestate } = headers;
  return api.trace.setSpanContext(api.ROOT_CONTEXT, {
    traceId: parent.traceId,
    spanId: parent.spanId,
    traceFlags: parent.flags,
    isRemote: true,
    ...(tracestate ? { traceState: api.createTraceState(String(tracestate)) } : {}),
  });
}

/** Probes of orchestrators and Prometheus, which come every few seconds and say nothing. */
export function isProbe(url = ""): boolean {
  return /^\/(?:livez|readyz|metrics|v2\/health\/)/.test(url);
}

/** Traces every request but probes; names and attributes are those of OpenTelemetry's conventions for HTTP servers. */
export function traceRequests(startTrace: StartTrace): RequestHandler {
  return (request, response, next) => {
    if (isProbe(request.url)) return next();
    const { method } = request;
    const trace = startTrace(method, request.headers, {
      "http.request.method": method,
      "url.path": request.path,
      "url.scheme": request.protocol,
    });
    response.locals.trace = trace;
    response.locals.onStage = trace.onStage;
    // "close" comes with and without an answer.
    response.once("close", () => {
      const route = (request.route as { path?: unknown } | undefined)?.path;
      const isKnown = typeof route === "string";
      const problem = response.locals.problem as string | undefined;
      const { statusCode, writableFinished } = response;
      const attributes = {
        ...(isKnown ? { "http.route": route } : {}),
        ...(writableFinished ? { "http.response.status_code": statusCode } : {}),
        ...(problem === undefined ? {} : { "marquee.problem": problem }),
        "marquee.request_id": String(request.id),
      };
      trace.end(isKnown ? `${method} ${route}` : method, attributes, errorOf(response));
    });
    next();
  };
}

/** The client's faults do not count as the server's. */
function errorOf({ writableFinished, statusCode, locals }: Response): string | undefined {
  if (!writableFinished) return "disconnected";
  return statusCode < 500 ? undefined : ((locals.problem as string | undefined) ?? "internal");
}

/** Fields of a request's log lines by which they are found from its trace, also where another program traces it. */
export function logFields(
  request: IncomingMessage,
  response: ServerResponse,
): { trace_id: string; span_id?: string } | undefined {
  const { locals } = response as { locals?: { readonly trace?: RequestTrace } };
  const trace = locals?.trace;
  if (trace) return { trace_id: trace.traceId, span_id: trace.spanId };
  const parent = traceParentOf(request.headers);
  return parent && { trace_id: parent.traceId };
}
