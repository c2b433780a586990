/** What Prometheus reads of the server. */

import type { RequestHandler } from "express";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Stages of a request: body and checks, poster decoding, waiting for a thread, inference, and all of it. */
export type Stage = "read" | "decode" | "queue" | "inference" | "total";
export type Rejection = "queue-full" | "timeout" | "rate-limit" | "unauthorized" | "draining";

/** Seconds; finest where a prediction takes its time. */
const SECONDS = [
  0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1, 2, 4, 10,
];
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128];

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  // Event-loop lag and utilisation, heap, garbage collection, CPU, file handles.
  collectDefaultMetrics({ register: registry });
  const stage = new Histogram({
    name: "marquee_stage_seconds",
    help: "Time per stage of a request",
    labelNames: ["stage"] as const,
    buckets: SECONDS,
    registers,
  });
  const requests = new Histogram({
    name: "marquee_http_request_seconds",
    help: "Time to answer, by route and status",
    labelNames: ["method", "route", "status"] as const,
    buckets: SECONDS,
    registers,
  });
  const batchRows = new Histogram({
    name: "marquee_batch_rows",
    help: "Movies run together",
    buckets: ROWS,
    registers,
  });
  const batchRequests = new Histogram({
    name: "marquee_batch_requests",
    help: "Requests run together",
    buckets: ROWS,
    registers,
  });
  const movies = new Counter({
    name: "marquee_movies_total",
    help: "Movies that the graph has answered",
    registers,
  });
  const rejections = new Counter({
    name: "marquee_rejections_total",
    help: "Requests turned away, by reason",
    labelNames: ["reason"] as const,
    registers,
  });
  const posterLookups = new Counter({
    name: "marquee_poster_cache_total",
    help: "Posters looked up among the decoded ones",
    labelNames: ["outcome"] as const,
    registers,
  });
  const reloads = new Counter({
    name: "marquee_reloads_total",
    help: "New bundles, swapped in or refused",
    labelNames: ["outcome"] as const,
    registers,
  });
  const stages = Object.fromEntries(
    (["read", "decode", "queue", "inference", "total"] as const).map((name) => [
      name,
      stage.labels(name),
    ]),
  ) as Record<Stage, ReturnType<typeof stage.labels>>;
  return {
    registry,
    observe: (name: Stage, seconds: number) => stages[name].observe(seconds),
    requests,
    batchRows,
    batchRequests,
    movies,
    reject: (reason: Rejection) => rejections.inc({ reason }),
    posterLookups,
    reloads,
    /** Values that are asked for when they are read. */
    gauge(name: string, help: string, collect: () => number): void {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(collect());
        },
      });
    },
    /** The model that answers, as labels of a constant. */
    model(collect: () => { name: string; version: string; provider: string; precision: string }) {
      new Gauge({
        name: "marquee_model_info",
        help: "The model that answers and the execution provider it runs on",
        labelNames: ["name", "version", "provider", "precision"] as const,
        registers,
        collect() {
          this.reset();
          this.set(collect(), 1);
        },
      });
    },
  };
}

/** Times every request by the route that answered it; unknown paths share one label. */
export function timeRequests({ requests }: Metrics): RequestHandler {
  return (request, response, next) => {
    const start = performance.now();
    response.on("finish", () => {
      const route = request.route as { path?: unknown } | undefined;
      requests.observe(
        {
          method: request.method,
          route: typeof route?.path === "string" ? route.path : "other",
          status: response.statusCode,
        },
        (performance.now() - start) / 1000,
      );
    });
    next();
  };
}
