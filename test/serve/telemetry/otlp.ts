/** Reads OTLP's protobuf messages, as far as the tests look at them (opentelemetry-proto 1.x). */

import { BinaryReader, type WireType } from "@bufbuild/protobuf/wire";

type Read = (reader: BinaryReader) => unknown;
interface Field {
  readonly name: string;
  readonly read: Read;
  readonly many?: boolean;
}
type Fields = Readonly<Record<number, Field>>;

const hex: Read = (reader) => Buffer.from(reader.bytes()).toString("hex");
const text: Read = (reader) => reader.string();
const double: Read = (reader) => reader.double();
const fixed64: Read = (reader) => reader.fixed64();
const int: Read = (reader) => reader.int32();
const many = (name: string, read: Read): Field => ({ name, read, many: true });

/** A message within another. */
function message(fields: Fields): Read {
  return (reader) => readFields(reader, reader.uint32(), fields);
}

/** A field of a list may hold several values at once. */
function packed(name: string, read: Read): Field {
  return many(name, (reader) => {
    const end = reader.uint32() + reader.pos;
    const values: unknown[] = [];
    while (reader.pos < end) values.push(read(reader));
    return values;
  });
}

function readFields(reader: BinaryReader, length: number, fields: Fields): Record<string, unknown> {
  const end = reader.pos + length;
  const result: Record<string, unknown> = {};
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const field = fields[number];
    if (field === undefined) reader.skip(wireType as WireType, number);
    else if (field.many) {
      result[field.name] = [
        ...((result[field.name] as unknown[]) ?? []),
        field.read(reader),
      ].flat();
    } else result[field.name] = field.read(reader);
  }
  return result;
}

const value = message({
  1: { name: "value", read: text },
  2: { name: "value", read: (reader) => reader.bool() },
  3: { name: "value", read: (reader) => Number(reader.int64()) },
  4: { name: "value", read: double },
});
const attributes = (name = "attributes") =>
  many(name, message({ 1: { name: "key", read: text }, 2: { name: "value", read: value } }));
const resource: Field = { name: "resource", read: message({ 1: attributes() }) };
const times: Fields = {
  2: { name: "startTimeUnixNano", read: fixed64 },
  3: { name: "timeUnixNano", read: fixed64 },
};

const span = message({
  1: { name: "traceId", read: hex },
  2: { name: "spanId", read: hex },
  3: { name: "traceState", read: text },
  4: { name: "parentSpanId", read: hex },
  5: { name: "name", read: text },
  6: { name: "kind", read: int },
  7: { name: "startTimeUnixNano", read: fixed64 },
  8: { name: "endTimeUnixNano", read: fixed64 },
  9: attributes(),
  15: {
    name: "status",
    read: message({ 2: { name: "message", read: text }, 3: { name: "code", read: int } }),
  },
});
const numberPoint = message({
  ...times,
  4: { name: "value", read: double },
  6: { name: "value", read: (reader) => Number(reader.sfixed64()) },
  7: attributes(),
});
const histogramPoint = message({
  ...times,
  4: { name: "count", read: (reader) => Number(reader.fixed64()) },
  5: { name: "sum", read: double },
  6: packed("bucketCounts", (reader) => Number(reader.fixed64())),
  7: packed("explicitBounds", double),
  9: attributes(),
});
const metric = message({
  1: { name: "name", read: text },
  2: { name: "description", read: text },
  3: { name: "unit", read: text },
  5: { name: "gauge", read: message({ 1: many("points", numberPoint) }) },
  7: {
    name: "sum",
    read: message({
      1: many("points", numberPoint),
      2: { name: "temporality", read: int },
      3: { name: "isMonotonic", read: (reader) => reader.bool() },
    }),
  },
  9: {
    name: "histogram",
    read: message({ 1: many("points", histogramPoint), 2: { name: "temporality", read: int } }),
  },
});

interface Attribute {
  readonly key: string;
  readonly value: { readonly value: string | number | boolean };
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly traceState?: string;
  readonly name: string;
  /** 1: internal, 2: of a server. */
  readonly kind: number;
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly status: { readonly code?: number; readonly message?: string };
  /** Attributes of the resource. */
  readonly service: Readonly<Record<string, string | number | boolean>>;
}

export interface Point {
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly value?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly bucketCounts?: readonly number[];
  readonly explicitBounds?: readonly number[];
}

export interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: "gauge" | "sum" | "histogram";
  readonly isMonotonic: boolean;
  /** 2: since the start. */
  readonly temporality: number | undefined;
  readonly points: readonly Point[];
}

// biome-ignore lint/suspicious/noExplicitAny: messages are looked into field by field
type Json = any;

function request(bytes: Uint8Array, list: string, inner: string, read: Read): Json[] {
  const scopes = many(`scope`, message({ 2: many(inner, read) }));
  const fields = { 1: many(list, message({ 1: resource, 2: scopes })) };
  return (readFields(new BinaryReader(bytes), bytes.length, fields)[list] as Json[]) ?? [];
}

/** @param bytes ExportTraceServiceRequest */
export function readSpans(bytes: Uint8Array): Span[] {
  return request(bytes, "resourceSpans", "spans", span).flatMap(({ resource: service, scope }) =>
    scope.flatMap(({ spans }: Json) =>
      spans.map((each: Json) => ({
        ...each,
        parentSpanId: each.parentSpanId || undefined,
        start: BigInt(each.startTimeUnixNano),
        end: BigInt(each.endTimeUnixNano),
        attributes: toRecord(each.attributes),
        status: each.status ?? {},
        service: toRecord(service.attributes),
      })),
    ),
  );
}

/** @param bytes ExportMetricsServiceRequest */
export function readMetrics(bytes: Uint8Array): Metric[] {
  return request(bytes, "resourceMetrics", "metrics", metric).flatMap(({ scope }) =>
    scope.flatMap(({ metrics }: Json) =>
      metrics.map(({ gauge, sum, histogram, ...each }: Json) => {
        const data = gauge ?? sum ?? histogram;
        return {
          ...each,
          kind: gauge ? "gauge" : sum ? "sum" : "histogram",
          isMonotonic: data.isMonotonic ?? false,
          temporality: data.temporality,
          points: data.points.map((point: Json) => ({
            ...point,
            attributes: toRecord(point.attributes),
          })),
        };
      }),
    ),
  );
}

function toRecord(list: readonly Attribute[] = []) {
  return Object.fromEntries(list.map(({ key, value: { value: own } }) => [key, own]));
}
