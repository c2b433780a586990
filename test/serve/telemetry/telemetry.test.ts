/** Traces and metrics as a collector gets them from a real server. */

import assert from "node:assert/strict";
import { request } from "node:http";
import { after, before, test } from "node:test";
import { pino } from "pino";
import sharp from "sharp";
import { createMetrics } from "../../../serve/core/metrics.ts";
import { startServer } from "../../../serve/server.ts";
import { startTelemetry } from "../../../serve/telemetry/telemetry.ts";
import { until } from "../../until.ts";
import { createLab, type Lab, post, testSettings } from "../server.ts";
import { type Collector, startCollector, withEnvironment } from "./collector.ts";
import type { Span } from "./otlp.ts";

let lab: Lab;
before(async () => {
  lab = await createLab();
});
/** What a test that fails leaves open would keep the process. */
const open: { close(): Promise<void> }[] = [];
after(async () => {
  await Promise.all(open.map((each) => each.close()));
  await lab.close();
});

async function openCollector(port?: number): Promise<Collector> {
  const collector = await startCollector(port);
  open.push(collector);
  return collector;
}

/** A server with telemetry, and its log lines. */
async function serveTraced(environment: Readonly<Record<string, string>>) {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ base: null }, { write: (line) => void lines.push(JSON.parse(line)) });
  const server = await withEnvironment(environment, () =>
    startServer(testSettings(lab.model), log),
  );
  open.push(server);
  return { server, lines };
}

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER = "00f067aa0ba902b7";
const traceparent = `00-${TRACE}-${CALLER}-01`;

const attributesOf = (spans: readonly Span[], name: string) =>
  spans.filter((span) => span.name === name).map(({ attributes }) => attributes);

test("a request is a span of its caller's trace, with its stages under it, and its log line names both", async () => {
  const collector = await openCollector();
  const { server, lines } = await serveTraced({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=film",
    OTEL_SERVICE_NAME: "genres",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test",
    OTEL_METRICS_EXPORTER: "none",
  });
  const picture = sharp({ create: { width: 20, height: 30, channels: 3, background: "teal" } });
  const poster = (await picture.jpeg().toBuffer()).toString("base64");
  const movies = [{ title: "war", poster }, { title: "cat" }];
  const headers = { traceparent, tracestate: "vendor=1", "x-request-id": "abc" };
  assert.equal((await post(`${server.url}/v1/predict`, movies, headers)).status, 200);
  assert.equal((await post(`${server.url}/v1/predict`, { year: 1 }, headers)).status, 422);
  await (await fetch(`${server.url}/nowhere?key=secret`)).text();
  await (await fetch(`${server.url}/livez`)).text();
  await server.close();
  await collector.close();

  const { spans } = collector;
  const own = spans.filter(({ kind }) => kind === 2);
  assert.deepEqual(
    own.map(({ name, attributes }) => [name, attributes["http.response.status_code"]]),
    [
      ["POST /v1/predict", 200],
      ["POST /v1/predict", 422],
      ["GET", 404],
    ],
    "probes have none",
  );
  const [answered, refused, unknown] = own as [Span, Span, Span];
  assert.equal(answered.traceId, TRACE);
  assert.equal(answered.parentSpanId, CALLER);
  assert.equal(answered.traceState, "vendor=1");
  assert.equal(answered.attributes["http.route"], "/v1/predict");
  assert.equal(answered.attributes["marquee.request_id"], "abc");
  assert.equal(refused.attributes["marquee.problem"], "invalid-input");
  // The client's fault is none of the server's.
  assert.equal(refused.status.code ?? 0, 0);
  assert.notEqual(unknown.traceId, TRACE);
  assert.equal(unknown.parentSpanId, undefined);
  assert.equal(unknown.attributes["url.path"], "/nowhere");

  const children = spans.filter(({ parentSpanId }) => parentSpanId === answered.spanId);
  assert.deepEqual(
    children.map(({ name }) => name),
    ["receive", "read", "queue", "decode", "inference"],
  );
  for (const { traceId, start, end, name } of children) {
    assert.equal(traceId, TRACE);
    assert.ok(start >= answered.start && end <= answered.end && start <= end, name);
  }
  const [inference] = attributesOf(children, "inference");
  assert.equal(inference!["marquee.stage.count"], 2, "of two movies");
  for (const { service } of own) {
    assert.equal(service["service.name"], "genres");
    assert.equal(service["deployment.environment.name"], "test");
    assert.match(String(service["service.version"]), /^\d/);
  }
  assert.equal(collector.headers[0]!["x-tenant"], "film");

  const line = lines.find(({ trace_id: id }) => id === TRACE)!;
  assert.equal(line.span_id, answered.spanId);
  assert.equal((line.req as { id: string }).id, "abc");
  assert.ok(!JSON.stringify(spans, (_, value) => String(value)).includes("secret"));
});

test("the sampler is the environment's: a caller's decision, or a share", async () => {
  for (const [sampler, expected] of [
    ["parentbased_always_off", [TRACE]],
    ["always_off", []],
  ] as const) {
    const collector = await openCollector();
    const { server, lines } = await serveTraced({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
      OTEL_TRACES_SAMPLER: sampler,
    });
    await post(`${server.url}/v1/predict`, { title: "war" }, { traceparent });
    await post(`${server.url}/v1/predict`, { title: "war" });
    await server.close();
    await collector.close();
    const traces = collector.spans.filter(({ kind }) => kind === 2).map(({ traceId }) => traceId);
    assert.deepEqual(traces, expected, sampler);
    assert.deepEqual(collector.exports, [], "no endpoint of metrics");
    assert.ok(lines.some(({ trace_id: id }) => id === TRACE));
  }
});

test("metrics over OTLP are those of /metrics: names, labels and numbers", async () => {
  const collector = await openCollector();
  const { server } = await serveTraced({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_EXPORTER: "none",
    OTEL_METRIC_EXPORT_INTERVAL: "50",
  });
  for (let i = 0; i < 3; i++) await post(`${server.url}/v1/predict`, { title: "war" });
  const text = await (await fetch(`${server.url}/metrics`)).text();
  await until(() => collector.exports.length > 1);
  await server.close();
  await collector.close();

  const last = collector.exports.at(-1)!;
  const named = (name: string) => last.find((metric) => metric.name === name)!;
  const shown = [...text.matchAll(/^# TYPE (\S+) (\S+)/gm)].map(([, name, type]) => [name, type]);
  assert.ok(shown.length > 30);
  for (const [name, type] of shown) {
    // The lag of the event loop is of the time since the last export: of too short a time, it is NaN.
    const metric = collector.exports.flat().find((each) => each.name === name);
    // What Node happens to do at the moment is labels of these: there may have been nothing when metrics were exported.
    if (metric === undefined && name!.startsWith("nodejs_active_")) continue;
    // Labels that nothing was counted for yet, or a mean of nothing, which is NaN.
    const isEmpty = !new RegExp(`^${name}(_count)?(\\{.*\\})? [-\\d]`, "m").test(text);
    if (metric === undefined) assert.ok(isEmpty, name);
    else assert.equal(metric.kind, type === "counter" ? "sum" : type, name);
  }
  const items = named("marquee_movies_total");
  assert.equal(items.isMonotonic, true);
  assert.equal(items.temporality, 2);
  const answered = /^marquee_movies_total (\d+)/m.exec(text)![1];
  assert.ok(Number(answered) >= 3);
  assert.equal(items.points[0]!.value, Number(answered));
  const stages = named("marquee_stage_seconds");
  assert.equal(stages.unit, "s");
  const read = stages.points.find(({ attributes }) => attributes.stage === "read")!;
  assert.equal(read.count, 3);
  assert.equal(read.bucketCounts!.length, read.explicitBounds!.length + 1);
  assert.equal(
    read.bucketCounts!.reduce((sum, count) => sum + count, 0),
    3,
  );
  const bound = read.explicitBounds!.length - 1;
  const cumulative = new RegExp(
    `^marquee_stage_seconds_bucket\\{le="${read.explicitBounds![bound]}",stage="read"\\} (\\d+)`,
    "m",
  ).exec(text)![1];
  assert.equal(
    read.bucketCounts!.slice(0, -1).reduce((sum, count) => sum + count, 0),
    Number(cumulative),
  );
  const reasons = named("marquee_rejections_total").points.map(
    ({ attributes }) => attributes.reason,
  );
  assert.ok(reasons.includes("queue-full"));
});

test("a dead collector costs one log line and no answer; when it is back, spans arrive again", async () => {
  const dead = await openCollector();
  await dead.close();
  const { server, lines } = await serveTraced({
    OTEL_EXPORTER_OTLP_ENDPOINT: dead.url,
    OTEL_BSP_SCHEDULE_DELAY: "10",
    OTEL_BSP_EXPORT_TIMEOUT: "200",
    OTEL_EXPORTER_OTLP_TIMEOUT: "100",
    OTEL_METRIC_EXPORT_INTERVAL: "100",
    OTEL_METRIC_EXPORT_TIMEOUT: "100",
  });
  const said = (message: RegExp) => lines.filter(({ msg }) => message.test(String(msg)));
  const failed = /cannot be exported/;
  const statuses = new Set<number>();
  const send = async () => {
    statuses.add((await post(`${server.url}/v1/predict`, { title: "war" })).status);
  };
  await until(async () => {
    await send();
    return said(failed).length >= 2;
  });
  for (let i = 0; i < 20; i++) await send();
  assert.deepEqual([...statuses], [200]);
  assert.deepEqual(
    new Set(said(failed).map(({ signal }) => signal)),
    new Set(["traces", "metrics"]),
  );
  for (const { reason } of said(failed)) assert.match(String(reason), /ECONNREFUSED/);
  assert.equal(said(failed).length, 2, "one line for each signal");

  const collector = await openCollector(Number(new URL(dead.url).port));
  await until(async () => {
    await send();
    return collector.spans.length > 0 && collector.exports.length > 0;
  });
  await until(() => said(/exported again/).length === 2);
  await server.close();
  await collector.close();
});

test("a request whose client has gone ends its span as one", async () => {
  const collector = await openCollector();
  const { server, lines } = await serveTraced({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_METRICS_EXPORTER: "none",
  });
  const half = request(`${server.url}/v1/predict`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": "100", traceparent },
  });
  half.on("error", () => {});
  half.write("{");
  await until(() => server.models.default.model !== undefined);
  await new Promise((resolve) => setTimeout(resolve, 100));
  half.destroy();
  await until(() => lines.some(({ trace_id: id }) => id === TRACE));
  await server.close();
  await collector.close();
  const [span] = collector.spans;
  assert.equal(span!.name, "POST /v1/predict");
  assert.deepEqual(span!.status, { code: 2, message: "disconnected" });
  assert.equal(span!.attributes["http.response.status_code"], undefined);
});

test("without an endpoint nothing is exported, and log lines still name the caller's trace", async () => {
  const { server, lines } = await serveTraced({ OTEL_SERVICE_NAME: "genres" });
  await post(`${server.url}/v1/predict`, { title: "war" }, { traceparent });
  await post(
    `${server.url}/v1/predict`,
    { title: "war" },
    { traceparent: `00-${"0".repeat(32)}-1` },
  );
  await server.close();
  const answered = lines.filter(({ msg }) => msg === "request completed");
  assert.deepEqual(
    answered.map(({ trace_id: id }) => id),
    [TRACE, undefined],
  );
  assert.ok(lines.every(({ msg }) => !/telemetry/.test(String(msg))));
});

test("without its packages, telemetry that is configured is off, and the log says what to install", async () => {
  const { registry } = createMetrics();
  const lines: string[] = [];
  const log = pino({}, { write: (line) => void lines.push(line) });
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://localhost:4318" };
  // As Node fails where a package is missing.
  const missing = "@opentelemetry/not-installed";
  const telemetry = await withEnvironment(environment, () =>
    startTelemetry(registry, log, () => import(missing)),
  );
  registry.clear();
  assert.equal(telemetry.startTrace, undefined);
  assert.equal(lines.length, 1);
  assert.match(
    lines[0]!,
    /npm install --no-save --save-prod --omit=dev @opentelemetry\/api@~1\S+ .*sdk-trace-base@/,
  );
  assert.match(lines[0]!, /Cannot find package '@opentelemetry\/not-installed'/);
});
