/** The metrics that Prometheus is shown, in OpenTelemetry's form: defined, counted and kept once. */

import type { HrTime } from "@opentelemetry/api";
import type { MetricData, MetricProducer } from "@opentelemetry/sdk-metrics";
import type { MetricObjectWithValues, MetricValue, Registry } from "prom-client";

type Sdk = typeof import("@opentelemetry/sdk-metrics");
type Resource = Awaited<ReturnType<MetricProducer["collect"]>>["resourceMetrics"]["resource"];
type Sample = MetricValue<string> & { readonly metricName?: string };

/** By the ends that Prometheus gives to names. */
const UNITS: readonly (readonly [end: RegExp, unit: string])[] = [
  [/_seconds(_total)?$/, "s"],
  [/_bytes(_total)?$/, "By"],
];

interface Options {
  readonly registry: Registry;
  readonly resource: Resource;
  /** Name and version of the program. */
  readonly scope: { readonly name: string; readonly version: string };
}

/** Reads the registry each time that metrics are exported. */
export function registryProducer(sdk: Sdk, { registry, resource, scope }: Options): MetricProducer {
  const startTime = hrTime(performance.timeOrigin);
  return {
    async collect() {
      const endTime = hrTime(performance.timeOrigin + performance.now());
      const all = (await registry.getMetricsAsJSON()) as MetricObjectWithValues<Sample>[];
      const metrics = all.flatMap((metric) => toMetricData(sdk, metric, { startTime, endTime }));
      return { resourceMetrics: { resource, scopeMetrics: [{ scope, metrics }] }, errors: [] };
    },
  };
}

interface Times {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

/** @returns None for a summary, which OpenTelemetry's SDK has no form for, or where there is no value. */
function toMetricData(
  { DataPointType, AggregationTemporality }: Sdk,
  { name, help, type, values }: MetricObjectWithValues<Sample>,
  times: Times,
): MetricData[] {
  const unit = UNITS.find(([end]) => end.test(name))?.[1] ?? "1";
  const base = {
    descriptor: { name, description: help, unit, valueType: 1 },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  // Prometheus' types are an enum for TypeScript and texts in what comes.
  const kind = String(type);
  if (kind === "histogram") {
    const dataPoints = histograms(values).map((point) => ({ ...times, ...point }));
    if (dataPoints.length === 0) return [];
    return [{ ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints }];
  }
  const dataPoints = values
    .filter(({ value }) => Number.isFinite(value))
    .map(({ labels, value }) => ({ ...times, attributes: attributesOf(labels), value }));
  if (dataPoints.length === 0) return [];
  if (kind === "counter") {
    return [{ ...base, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }];
  }
  return kind === "gauge" ? [{ ...base, dataPointType: DataPointType.GAUGE, dataPoints }] : [];
}

/** Prometheus counts what is at most a bound; OpenTelemetry what is between two. */
function histograms(values: readonly Sample[]) {
  const series = new Map<string, Sample[]>();
  for (const sample of values) {
    const { le: _, ...labels } = sample.labels;
    const key = JSON.stringify(labels);
    const known = series.get(key);
    if (known) known.push(sample);
    else series.set(key, [sample]);
  }
  return [...series].map(([key, samples]) => {
    const buckets = samples.filter(({ labels }) => "le" in labels);
    const boundaries = buckets.map(({ labels }) => Number(labels.le)).filter(Number.isFinite);
    const counts = buckets.map(({ value }, i) => value - (buckets[i - 1]?.value ?? 0));
    const last = (end: string) =>
      samples.find(({ metricName = "" }) => metricName.endsWith(end))?.value ?? 0;
    return {
      attributes: attributesOf(JSON.parse(key) as Sample["labels"]),
      value: { buckets: { boundaries, counts }, sum: last("_sum"), count: last("_count") },
    };
  });
}

function attributesOf(labels: Sample["labels"]): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}

/** @param ms Since 1970. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
