/** An OTLP collector for tests: takes http/protobuf, and keeps what it gets. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { type Metric, readMetrics, readSpans, type Span } from "./otlp.ts";

export interface Collector {
  readonly url: string;
  readonly spans: Span[];
  /** Metrics of each export. */
  readonly exports: Metric[][];
  /** Headers of the requests. */
  readonly headers: Record<string, unknown>[];
  close(): Promise<void>;
}

/** @param port 0: any free one. */
export async function startCollector(port = 0): Promise<Collector> {
  const spans: Span[] = [];
  const exports: Metric[][] = [];
  const headers: Record<string, unknown>[] = [];
  const http = createServer(async (request, response) => {
    const sent = await buffer(request);
    const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
    headers.push({ ...request.headers, url: request.url });
    if (request.url === "/v1/traces") spans.push(...readSpans(body));
    else if (request.url === "/v1/metrics") exports.push(readMetrics(body));
    else response.statusCode = 404;
    response.setHeader("content-type", "application/x-protobuf");
    response.end();
  });
  await new Promise<void>((resolve) => http.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    spans,
    exports,
    headers,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

/** Runs `work` in another environment. */
export async function withEnvironment<T>(
  environment: Readonly<Record<string, string>>,
  work: () => Promise<T>,
): Promise<T> {
  const before = Object.entries(process.env).filter(([name]) => name.startsWith("OTEL_"));
  for (const [name] of before) delete process.env[name];
  Object.assign(process.env, environment);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(environment)) delete process.env[name];
    Object.assign(process.env, Object.fromEntries(before));
  }
}
