/** ONNX's external data: weights in a file of their own, for protobuf files end at 2 GB. */
import type { Constant, TensorData } from "../ir.ts";

export interface ExternalOptions {
  /** Name of the file of weights, in the folder of the model's file. */
  path: string;
  /** Used where the weights have more bytes than this. Default 2e9. */
  above?: number;
}

/** The file of weights. */
export interface ExternalData {
  path: string;
  byteLength: number;
  /** Its bytes, in order: views of the weights, and the gaps between them. */
  parts: readonly Uint8Array[];
  /** Where each weight is, by name. */
  places: ReadonlyMap<string, { offset: number; length: number }>;
}

/** Protobuf's limit of 2 GiB, less what nodes and names may take. */
const ABOVE = 2e9;
/** Smaller constants stay in the model's file, where shape inference reads sizes. */
const MIN_BYTES = 1024;
/** Large weights begin where memory can be mapped (64 KiB on Windows), so that runtimes need not copy them. */
const [MAPPED, LARGE] = [65536, 1 << 20];
const ALIGNED = 64;

/** The places of the constants that go into the other file; undefined where all fit into one. */
export function layOut(
  constants: readonly Constant[],
  { path, above = ABOVE }: ExternalOptions,
): ExternalData | undefined {
  const total = constants.reduce((sum, { data }) => sum + data.byteLength, 0);
  if (total <= above) return undefined;
  const places = new Map<string, { offset: number; length: number }>();
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const { name, data } of constants) {
    const length = data.byteLength;
    if (length < MIN_BYTES) continue;
    const multiple = length >= LARGE ? MAPPED : ALIGNED;
    const offset = Math.ceil(end / multiple) * multiple;
    if (offset > end) parts.push(new Uint8Array(offset - end));
    parts.push(bytesOfData(data));
    places.set(name, { offset, length });
    end = offset + length;
  }
  return places.size > 0 ? { path, byteLength: end, parts, places } : undefined;
}

/** A view of a constant's memory: raw data is little-endian, as every host of ours is. */
export function bytesOfData(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
