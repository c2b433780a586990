/** Metrics of the server for Prometheus. */

import type { RequestHandler } from "express";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { REJECTIONS, type Rejection } from "./problems.ts";

/** Stages of a request: body and checks, image decoding, waiting for a thread, inference, and all of it. */
const STAGES = ["read", "decode", "queue", "inference", "total"] as const;
export type Stage = (typeof STAGES)[number];

/** Seconds; finest where a prediction takes its time. */
const SECONDS = [
  0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1, 2, 4, 10,
];
type Labels = Partial<Record<string, string>>;
const ROWS = [1, 2, 4, 8, 16, 32, 64, 128];

export interface Metrics extends ReturnType<typeof createHistograms> {
  readonly registry: Registry;
  readonly observe: (stage: Stage, seconds: number) => void;
  /** Items that the graph has answered. */
  readonly items: Counter;
  readonly reject: (reason: Rejection) => void;
  readonly imageLookups: Counter<"outcome">;
  readonly reloads: Counter<"outcome">;
  /** Models that came into memory or left it for another. */
  readonly loads: Counter<"outcome">;
  /** Adds a gauge whose value is computed each time it is read. */
  readonly gauge: (name: string, help: string, collect: () => number) => void;
  /** Adds a gauge with labels, whose values are computed each time it is read; there may be none. */
  readonly series: <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    collect: () => readonly Sample<Label>[],
  ) => void;
  /** Adds the loaded models, as labels of a constant gauge. */
  readonly models: (
    collect: () => readonly Record<(typeof MODEL_LABELS)[number], string>[],
  ) => void;
}

/** A value of a gauge. */
export interface Sample<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>;
  readonly value: number;
}

const MODEL_LABELS = ["name", "version", "provider", "precision"] as const;

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  // Event-loop lag and utilisation, heap, garbage collection, CPU, file handles.
  collectDefaultMetrics({ register: registry });
  const { stage, ...histograms } = createHistograms(registers);
  const stages = Object.fromEntries(STAGES.map((name) => [name, stage.labels(name)])) as Record<
    Stage,
    Histogram.Internal<"stage">
  >;
  const { rejections, ...counters } = createCounters(registers);
  // All exist from the start, so that alerts and rates can be defined before the first of them.
  for (const reason of REJECTIONS) rejections.inc({ reason }, 0);
  for (const outcome of ["swapped", "refused"]) counters.reloads.inc({ outcome }, 0);
  for (const outcome of ["hit", "miss"]) counters.imageLookups.inc({ outcome }, 0);
  return {
    registry,
    ...histograms,
    ...counters,
    stage,
    observe: (name, seconds) => stages[name].observe(seconds),
    reject: (reason) => rejections.inc({ reason }),
    gauge(name, help, collect) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(collect());
        },
      });
    },
    series(name, help, labelNames, collect) {
      new Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers,
        collect() {
          this.reset();
          for (const { labels, value } of collect()) this.set(labels as Labels, value);
        },
      });
    },
    models(collect) {
      new Gauge({
        name: "marquee_model_info",
        help: "Models that are loaded and the execution provider they run on",
        labelNames: MODEL_LABELS,
        registers,
        collect() {
          this.reset();
          for (const labels of collect()) this.set(labels, 1);
        },
      });
    },
  };
}

function createCounters(registers: Registry[]) {
  return {
    rejections: new Counter({
      name: "marquee_rejections_total",
      help: "Requests turned away, by reason",
      labelNames: ["reason"] as const,
      registers,
    }),
    items: new Counter({
      name: "marquee_movies_total",
      help: "Items that the graph has answered",
      registers,
    }),
    imageLookups: new Counter({
      name: "marquee_poster_cache_total",
      help: "Lookups in the cache of decoded images",
      labelNames: ["outcome"] as const,
      registers,
    }),
    loads: new Counter({
      name: "marquee_model_loads_total",
      help: "Models loaded, not loaded because of an error, or unloaded",
      labelNames: ["outcome"] as const,
      registers,
    }),
    reloads: new Counter({
      name: "marquee_reloads_total",
      help: "New bundles, swapped in or refused",
      labelNames: ["outcome"] as const,
      registers,
    }),
  };
}

function createHistograms(registers: Registry[]) {
  return {
    stage: new Histogram({
      name: "marquee_stage_seconds",
      help: "Time per stage of a request",
      labelNames: ["stage"] as const,
      buckets: SECONDS,
      registers,
    }),
    requests: new Histogram({
      name: "marquee_http_request_seconds",
      help: "Time to answer, by route and status",
      labelNames: ["method", "route", "status"] as const,
      buckets: SECONDS,
      registers,
    }),
    modelSeconds: new Histogram({
      name: "marquee_model_request_seconds",
      help: "Time from a request's body to its answer or error, by model and version",
      labelNames: ["model", "version", "outcome"] as const,
      buckets: SECONDS,
      registers,
    }),
    calls: new Histogram({
      name: "marquee_grpc_request_seconds",
      help: "Time to answer over gRPC, by method and status code",
      labelNames: ["method", "code"] as const,
      buckets: SECONDS,
      registers,
    }),
    batchRows: new Histogram({
      name: "marquee_batch_rows",
      help: "Items run together",
      buckets: ROWS,
      registers,
    }),
    batchRequests: new Histogram({
      name: "marquee_batch_requests",
      help: "Requests run together",
      buckets: ROWS,
      registers,
    }),
  };
}

/** Times every request by the route that answered it; unknown paths share one label. */
export function timeRequests({ requests }: Pick<Metrics, "requests">): RequestHandler {
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
