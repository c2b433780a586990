/** A model in memory, as TensorFlow.js hands it over, and its weight bytes, which may come in several parts. */
import { reject } from "./errors.ts";

/** One tensor of a weights manifest, as tf.io.WeightsManifestEntry. */
export interface WeightSpec {
  name: string;
  shape: readonly number[];
  dtype: string;
  group?: string;
  quantization?: { dtype: string; scale?: number; min?: number };
}

/** The bytes of all weights, in the order of the specs: whole, or in parts that may end in the middle of a tensor. */
export type WeightData = Part | readonly Part[];
/** Bytes; a typed array counts as its bytes, whatever its element type. A source is read when a weight is needed. */
type Part = ArrayBufferLike | ArrayBufferView | ByteSource;

/**
 * What `convert()` takes: every `tf.io.ModelArtifacts` fits, as `model.save()` gives it to a handler and as
 * `tf.io.http(url).load()` returns it. This type names what the converter reads of it.
 */
export interface ModelArtifacts {
  modelTopology?: unknown;
  weightSpecs?: readonly WeightSpec[] | undefined;
  weightData?: WeightData | undefined;
  format?: string | undefined;
  /** Inputs and outputs of a graph model. */
  signature?: unknown;
  /** Where older converters put the signature. */
  userDefinedMetadata?: Record<string, unknown> | undefined;
  /** What saved the model, such as "TensorFlow.js tfjs-layers v4.22.0" or "keras v2.12.0". */
  generatedBy?: string | undefined;
  /** What turned it into TensorFlow.js's format. */
  convertedBy?: string | null | undefined;
}

/** The artifacts of a model whose weights are at hand. */
export interface LayersArtifacts extends ModelArtifacts {
  modelTopology: unknown;
  weightSpecs: readonly WeightSpec[];
  weightData: WeightData;
}

/**
 * The weight bytes as parts; what is read of a buffer is a view of it.
 * @throws ConvertError for anything that is neither an ArrayBuffer, a typed array, a source nor a list of them.
 */
function sourcesOf(data: unknown): ByteSource[] {
  const list: readonly unknown[] = Array.isArray(data) ? data : [data];
  return list.map((part, i) => {
    if (ArrayBuffer.isView(part))
      return viewOf(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    if (isBuffer(part)) return viewOf(new Uint8Array(part));
    if (isSource(part)) return part;
    return reject(
      Array.isArray(data) ? `weightData[${i}]` : "weightData",
      `must be an ArrayBuffer, a typed array or a list of them, it is ${nameOf(part)}`,
    );
  });
}

const viewOf = (bytes: Uint8Array): ByteSource => ({
  byteLength: bytes.byteLength,
  read: (start, end) => bytes.subarray(start, end),
});

/** The bytes of all parts together. */
export function totalBytes(parts: readonly { readonly byteLength: number }[]): number {
  return parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Parts as one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(totalBytes(parts));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.byteLength;
  }
  return out;
}

/** By its tag: a buffer of another realm (a worker, a frame, node:vm) is not an instance of this one's ArrayBuffer. */
function isBuffer(value: unknown): value is ArrayBuffer {
  return /^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value));
}

function nameOf(value: unknown): string {
  if (value === null || typeof value !== "object") return `${value}`;
  return `an object of class ${value.constructor?.name ?? "unknown"}`;
}

/** Bytes that are read piece by piece. */
export interface ByteSource {
  readonly byteLength: number;
  /** The bytes from `start` to `end`, which is not included. */
  read(start: number, end: number): Uint8Array;
}

/** Parts as one run of bytes: what lies in one part is read from it, what crosses a border is copied. */
export function bytesOf(data: WeightData): ByteSource {
  const parts = sourcesOf(data);
  const starts = [0];
  for (const { byteLength } of parts) starts.push((starts.at(-1) as number) + byteLength);
  return {
    byteLength: starts.pop() as number,
    read(start, end) {
      const first = starts.findLastIndex((at) => at <= start);
      const pieces: Uint8Array[] = [];
      for (let i = first, at = start; i >= 0 && at < end; i++) {
        const part = parts[i] as ByteSource;
        const from = at - (starts[i] as number);
        const to = Math.min(end - (starts[i] as number), part.byteLength);
        if (to > from) pieces.push(part.read(from, to));
        at += to - from;
      }
      return pieces.length === 1 ? (pieces[0] as Uint8Array) : joined(pieces);
    },
  };
}

function isSource(data: unknown): data is ByteSource {
  return typeof (data as Partial<ByteSource> | null)?.read === "function";
}
