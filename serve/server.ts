/** The whole server: threads, model and HTTP, from the start to a shutdown that finishes accepted requests. */

import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import { nounsOf } from "../predictor/nouns.ts";
import { createApp } from "./app.ts";
import type { Admission } from "./core/admission.ts";
import { HttpAdmission } from "./core/httpAdmission.ts";
import { boundIdleConnections } from "./core/idleConnections.ts";
import { createMetrics, type Metrics } from "./core/metrics.ts";
import { oneAtATime } from "./core/pipelining.ts";
import { cannotListen, checkPorts } from "./core/ports.ts";
import { createRates } from "./core/rates.ts";
import { endUnfinished } from "./core/requestDeadline.ts";
import { bodyLimits } from "./core/route.ts";
import { createSendProblem } from "./core/sendProblem.ts";
import type { Models } from "./engine/models.ts";
import type { GrpcServer } from "./grpc/server.ts";
import { withTensorFlowPaths } from "./http/tensorFlow.ts";
import { freeMemoryWhenIdle } from "./idleMemory.ts";
import { shedLoad } from "./loadShedding.ts";
import { openModels } from "./openModels.ts";
import { ROUTES } from "./routes.ts";
import { type Settings, threadPlan } from "./settings.ts";
import { describeDrift } from "./telemetry/driftMetrics.ts";
import { startTelemetry } from "./telemetry/telemetry.ts";

/** Longest time for a request's headers to arrive. */
const HEADERS_MS = 20_000;
/** How often the times of connections are checked. */
const CHECK_MS = 5000;
/** Longer than load balancers keep idle connections (60 s): if the server closed first, requests could be lost. */
const KEEP_ALIVE_MS = 65_000;

export interface Server {
  /** Where it listens, e.g. http://127.0.0.1:8080 */
  readonly url: string;
  /** Where it listens for gRPC, e.g. 127.0.0.1:8001; undefined if it does not. */
  readonly grpcAddress: string | undefined;
  readonly models: Models;
  /**
   * Reports that it is not ready and answers for `drainSeconds` more; then accepts no new connections and no more items,
   * and waits until every accepted request is answered.
   */
  close(drainSeconds?: number): Promise<void>;
}

/** @throws Error if the server cannot listen on a port, or the default model cannot be used. */
export async function startServer(settings: Settings, log: Logger): Promise<Server> {
  await checkPorts(settings);
  const metrics = createMetrics();
  const sendProblem = createSendProblem(metrics);
  const admission = new HttpAdmission({
    maxQueue: settings.maxQueue,
    timeoutSeconds: settings.requestTimeoutSeconds,
    bodies: bodyLimits(settings),
    metrics,
    sendProblem,
    // Nothing is refused before the model is open.
    nouns: () => nounsOf(models.default.model.manifest),
  });
  const models: Models = await openModels(settings, { log, metrics, admission });
  describeState(metrics, models, admission);
  describeDrift(metrics, () => models.loaded);
  const stopFreeing = freeMemoryWhenIdle(admission);
  const telemetry = await startTelemetry(metrics.registry, log);

  let ready = true;
  const options = {
    settings,
    models,
    admission,
    metrics,
    log,
    rates: createRates(settings),
    sendProblem,
    telemetry,
    isReady: () => ready,
  };
  const http = createServer(
    {
      // Streams may take longer than requests: see endUnfinished.
      requestTimeout: 0,
      headersTimeout: HEADERS_MS,
      connectionsCheckingInterval: CHECK_MS,
    },
    endUnfinished(
      oneAtATime(withTensorFlowPaths(shedLoad(createApp(options), { ...options, routes: ROUTES }))),
      settings.bodySeconds * 1000 + HEADERS_MS,
    ),
  );
  http.keepAliveTimeout = KEEP_ALIVE_MS;
  let grpc: GrpcServer | undefined;
  boundIdleConnections(http, settings.maxIdleConnections);
  let closing: Promise<void> | undefined;
  const close = async (drainSeconds: number) => {
    ready = false;
    grpc?.drain();
    if (drainSeconds > 0) await pause(drainSeconds * 1000);
    admission.stop();
    const { shutdownSeconds } = settings;
    await Promise.all([closeHttp(http, shutdownSeconds, log), grpc?.close(shutdownSeconds)]);
    await models.close();
    stopFreeing();
    await telemetry.close();
    metrics.registry.clear();
  };
  try {
    await listen(http, settings);
    if (settings.grpcPort !== undefined) {
      // Loaded where it is wanted only.
      const { startGrpc } = await import("./grpc/server.ts");
      grpc = await startGrpc(options, settings.grpcPort);
    }
  } catch (error) {
    await close(0);
    throw error;
  }
  const { address, port, family } = http.address() as AddressInfo;
  const url = `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
  const grpcAddress = grpc?.address;
  log.info({ url, grpcAddress, ...threadPlan(settings), maxQueue: settings.maxQueue }, "listening");
  return {
    url,
    grpcAddress,
    models,
    close: (drainSeconds = 0) => {
      closing ??= close(drainSeconds);
      return closing;
    },
  };
}

function describeState(metrics: Metrics, models: Models, admission: Admission): void {
  metrics.gauge(
    "marquee_queue_depth",
    "Items accepted and not yet answered",
    () => admission.depth,
  );
  metrics.gauge("marquee_queue_limit", "Items that are accepted at most", () => admission.maxQueue);
  metrics.gauge(
    "marquee_unfinished_bodies",
    "Requests whose bodies are arriving",
    () => admission.bodies.unfinished,
  );
  metrics.gauge(
    "marquee_body_bytes",
    "Bytes of bodies that are arriving or not yet answered",
    () => admission.bodies.bytes,
  );
  metrics.gauge(
    "marquee_batch_queue_rows",
    "Items that wait for a thread; an explanation counts as several",
    () => models.loaded.reduce((sum, model) => sum + model.depth(), 0),
  );
  metrics.gauge(
    "marquee_bundle_behind",
    "1 while a bundle on disk is refused and an older one answers",
    () => (models.hosts.some((host) => host.loaded && host.refused) ? 1 : 0),
  );
  metrics.gauge(
    "marquee_broken_bundles",
    "Bundles in the folder of models that cannot be used",
    () => models.faults.length + models.hosts.filter(({ state }) => state === "failed").length,
  );
  metrics.models(() =>
    models.loaded.map(({ manifest, version, provider, precision }) => ({
      name: manifest.name,
      version,
      provider,
      precision,
    })),
  );
}

function listen(http: HttpServer, { host, port }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once("error", (error) => reject(cannotListen(error, { host, port, flag: "--port" })));
    http.listen(port, host, resolve);
  });
}

/** Accepts no more connections and waits for the requests in progress; after `seconds` their connections are closed. */
async function closeHttp(http: HttpServer, seconds: number, log: Logger): Promise<void> {
  if (!http.listening) return;
  const closed = new Promise<void>((resolve) => http.close(() => resolve()));
  const timer = setTimeout(() => {
    log.warn({ seconds }, "requests that did not finish in time were cut off");
    http.closeAllConnections();
  }, seconds * 1000);
  // Connections that have become idle since.
  const sweep = setInterval(() => http.closeIdleConnections(), 50);
  await closed;
  clearTimeout(timer);
  clearInterval(sweep);
}
