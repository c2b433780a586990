/** OpenTelemetry: traces and metrics over OTLP, where the environment names an endpoint; else it is not even loaded. */

import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import packageJson from "../../package.json" with { type: "json" };
import { planTelemetry, type TelemetryPlan } from "./environment.ts";
import { registryProducer } from "./registryMetrics.ts";
import { createStartTrace, type StartTrace } from "./tracing.ts";
import { watchExports } from "./watch.ts";

/** Longest time that the shutdown waits for what is not exported yet. */
const FLUSH_MS = 5000;

const SCOPE = { name: packageJson.name, version: packageJson.version };

/**
 * Optional packages, which most servers do not need. To install them, npm 10 and 11 need `--save-prod` even where they save
 * nothing.
 */
const PACKAGES = Object.entries(packageJson.peerDependencies)
  .filter(([name]) => name.startsWith("@opentelemetry/"))
  .map(([name, range]) => `${name}@${range}`);

export interface Telemetry {
  /** Undefined where no traces are exported. */
  readonly startTrace: StartTrace | undefined;
  /** Exports what is left, for at most 5 seconds. */
  close(): Promise<void>;
}

const OFF: Telemetry = { startTrace: undefined, close: async () => {} };

/**
 * Starts what the environment asks for. What cannot be done is logged; the server starts all the same.
 *
 * @param load Loads the optional packages.
 */
export async function startTelemetry(
  registry: Registry,
  log: Logger,
  load: () => Promise<Sdk> = loadSdk,
): Promise<Telemetry> {
  const plan = planTelemetry(process.env);
  for (const warning of plan.warnings) log.warn(`telemetry: ${warning}`);
  if (plan.signals.length === 0) return OFF;
  const sdk = await load().catch((error: Error) => error);
  if (sdk instanceof Error) {
    const install = `npm install --no-save --save-prod --omit=dev ${PACKAGES.join(" ")}`;
    log.error(
      { reason: sdk.message.split("\n", 1)[0] },
      `telemetry is configured, but its packages are not installed; run: ${install}`,
    );
    return OFF;
  }
  // What the SDK says of variables it cannot follow; of its exports, `watchExports` says more in fewer lines.
  sdk.api.diag.setLogger(startLogger(log), sdk.api.DiagLogLevel.WARN);
  const telemetry = connect(sdk, plan, registry, log);
  sdk.api.diag.disable();
  log.info({ signals: plan.signals }, "telemetry is exported");
  return telemetry;
}

type Sdk = Awaited<ReturnType<typeof loadSdk>>;

async function loadSdk() {
  const [api, resources, trace, metrics, traceExport, metricExport] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/resources"),
    import("@opentelemetry/sdk-trace-base"),
    import("@opentelemetry/sdk-metrics"),
    import("@opentelemetry/exporter-trace-otlp-proto"),
    import("@opentelemetry/exporter-metrics-otlp-proto"),
  ]);
  return { api, resources, trace, metrics, traceExport, metricExport };
}

function startLogger(log: Logger) {
  const warn = (message: string) => log.warn(`telemetry: ${message}`);
  const ignore = () => {};
  return { error: warn, warn, info: ignore, debug: ignore, verbose: ignore };
}

function connect(sdk: Sdk, plan: TelemetryPlan, registry: Registry, log: Logger): Telemetry {
  const resource = describeService(sdk);
  const providers: { shutdown(): Promise<void> }[] = [];
  let startTrace: StartTrace | undefined;
  if (plan.signals.includes("traces")) {
    const exporter = watchExports(new sdk.traceExport.OTLPTraceExporter(), "traces", log);
    // Its queue is bounded, by 2048 spans if the environment says no other number; what is more is dropped.
    const processor = new sdk.trace.BatchSpanProcessor(exporter);
    const provider = new sdk.trace.BasicTracerProvider({ resource, spanProcessors: [processor] });
    providers.push(provider);
    startTrace = createStartTrace(sdk.api, provider.getTracer(SCOPE.name, SCOPE.version));
  }
  if (plan.signals.includes("metrics")) {
    const exporter = watchExports(new sdk.metricExport.OTLPMetricExporter(), "metrics", log);
    const reader = new sdk.metrics.PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: plan.intervalMs,
      exportTimeoutMillis: plan.timeoutMs,
      metricProducers: [registryProducer(sdk.metrics, { registry, resource, scope: SCOPE })],
    });
    providers.push(new sdk.metrics.MeterProvider({ resource, readers: [reader] }));
  }
  return {
    startTrace,
    async close() {
      // What fails was logged where it was exported.
      const flushed = Promise.allSettled(providers.map((provider) => provider.shutdown()));
      const stop = new AbortController();
      const late = pause(FLUSH_MS, "late" as const, { signal: stop.signal }).catch(() => "late");
      if ((await Promise.race([flushed, late])) === "late") {
        log.warn({ seconds: FLUSH_MS / 1000 }, "telemetry that could not be exported is lost");
      }
      stop.abort();
    },
  };
}

/** The environment's OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over our own. */
function describeService({ resources }: Sdk) {
  const { envDetector, serviceInstanceIdDetector } = resources;
  return resources
    .defaultResource()
    .merge(
      resources.resourceFromAttributes({
        "service.name": SCOPE.name,
        "service.version": SCOPE.version,
      }),
    )
    .merge(resources.detectResources({ detectors: [serviceInstanceIdDetector, envDetector] }));
}
