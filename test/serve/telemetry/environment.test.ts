import assert from "node:assert/strict";
import { test } from "node:test";
import { planTelemetry } from "../../../serve/telemetry/environment.ts";

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4318" };

test("a signal is on where an endpoint is named for it", () => {
  for (const [environment, signals] of [
    [{}, []],
    [{ OTEL_SERVICE_NAME: "a" }, []],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: " " }, []],
    [ENDPOINT, ["traces", "metrics"]],
    [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: "http://localhost:4318/v1/metrics" }, ["metrics"]],
    [{ ...ENDPOINT, OTEL_METRICS_EXPORTER: "none" }, ["traces"]],
    [{ ...ENDPOINT, OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "otlp" }, ["metrics"]],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: "True" }, []],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: "no" }, ["traces", "metrics"]],
  ] as const) {
    const plan = planTelemetry(environment);
    assert.deepEqual([plan.signals, plan.warnings], [signals, []], JSON.stringify(environment));
  }
});

test("what is not done as the environment says is told, and only where it matters", () => {
  const environment = {
    OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
    OTEL_METRICS_EXPORTER: "prometheus",
    OTEL_METRIC_EXPORT_INTERVAL: "1m",
  };
  assert.deepEqual(planTelemetry(environment).warnings, []);
  const { signals, warnings, intervalMs } = planTelemetry({ ...ENDPOINT, ...environment });
  assert.deepEqual(signals, ["traces", "metrics"]);
  assert.equal(intervalMs, 60_000);
  assert.equal(warnings.length, 4);
  assert.match(warnings.join("\n"), /PROTOCOL is "grpc".*4318/);
  assert.match(warnings.join("\n"), /METRICS_EXPORTER is "prometheus"/);
  assert.match(warnings.join("\n"), /INTERVAL is "1m"/);
});

test("an export of metrics times out before the next begins", () => {
  const plan = planTelemetry({ ...ENDPOINT, OTEL_METRIC_EXPORT_INTERVAL: "5000" });
  assert.deepEqual([plan.intervalMs, plan.timeoutMs], [5000, 5000]);
});
