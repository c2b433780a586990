/** Reads the weights of a model: cuts the tensors out of the bytes and decodes tfjs's quantised ones. */
import { type ByteSource, bytesOf, type WeightData, type WeightSpec } from "./artifacts.ts";
import { type ConversionIssue, ConvertError } from "./errors.ts";
import { sizeOf } from "./ir.ts";

/** A tensor of the file. */
export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  /** As the model has it; strings have no data. */
  readonly dtype: "float32" | "int32" | "bool" | "string";
  /** Decoded. Where the bytes have to be read or decoded first, that is repeated at every access. */
  readonly data: Float32Array | Int32Array;
}

/** Weights by the names in the file. */
export type Weights = ReadonlyMap<string, Weight>;

/** Bytes per element as stored. */
const BYTES: Record<string, number> = {
  float32: 4,
  int32: 4,
  bool: 1,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

/** Bytes a tensor takes in the file, or undefined for an unknown dtype. */
export function storedBytes(spec: WeightSpec): number | undefined {
  const width = BYTES[spec.quantization?.dtype ?? spec.dtype];
  return width === undefined ? undefined : width * sizeOf(spec.shape);
}

export interface ReadOptions {
  /** Whether NaN and infinities are refused: weights of layers must be numbers, constants of graphs may be any. */
  finite?: boolean;
}

/**
 * Cuts the bytes into the tensors of `specs`, which lie back to back in that order.
 * Tensors are views of the bytes where alignment and the borders of parts allow. Throws ConvertError for bytes that are
 * too few or too many, dtypes that are not float32, int32 or bool, values that are not finite, and two weights of one name
 * with other values. A layer that two models share is saved with each of them, with the same values.
 */
export function readWeights(
  specs: readonly WeightSpec[],
  weightData: WeightData,
  { finite = true }: ReadOptions = {},
): Weights {
  const source = bytesOf(weightData);
  const total = source.byteLength;
  const issues: ConversionIssue[] = [];
  const weights = new Map<string, Weight>();
  let offset = 0;
  for (const [i, spec] of specs.entries()) {
    if (typeof spec?.name !== "string" || !Array.isArray(spec.shape)) {
      issues.push({ path: `weights[${i}]`, message: "has no name or no shape" });
      break;
    }
    if (spec.dtype === "string") {
      offset = endOfStrings(source, offset, sizeOf(spec.shape));
      const { name, shape } = spec;
      weights.set(name, { name, shape, dtype: "string", data: new Int32Array(0) });
      continue;
    }
    const stored = spec.quantization?.dtype ?? spec.dtype;
    const width = BYTES[stored];
    if (width === undefined || !(spec.dtype in BYTES)) {
      issues.push({
        path: spec.name,
        message: `weight has dtype "${stored}"; supported are ${Object.keys(BYTES).join(", ")}`,
      });
      break; // without its width the tensors after it cannot be located
    }
    const [start, end] = [offset, offset + sizeOf(spec.shape) * width];
    offset = end;
    if (end > total) {
      issues.push({
        path: spec.name,
        message: `weight data is truncated: bytes ${start} to ${end} are needed, the data ends at ${total}; fetch the weight files again`,
      });
      break;
    }
    if (spec.group === "optimizer") continue;
    const weight = lazyWeight(spec, () => source.read(start, end));
    const data = finite ? weight.data : undefined;
    const bad = data instanceof Float32Array ? firstNotFinite(data) : -1;
    if (data && bad >= 0) {
      issues.push({
        path: spec.name,
        message: `weight holds ${data[bad]} at element ${bad} of ${data.length}; the model was saved after its training had diverged`,
      });
    }
    const twin = weights.get(spec.name);
    if (twin && !isSame(twin, weight)) {
      issues.push({
        path: spec.name,
        message:
          "two weights of the file have this name, with other values: they belong to layers of one name in different models, and nothing tells which is whose; give the layers names of their own and save the model again",
      });
    }
    weights.set(spec.name, weight);
  }
  if (issues.length === 0 && offset !== total) {
    issues.push({
      path: "",
      message: `the weight data has ${total} bytes but the manifest describes ${offset}; manifest and weight files do not belong together`,
    });
  }
  if (issues.length > 0) throw new ConvertError(issues);
  return weights;
}

/** Whether two weights have equal shapes and values. */
function isSame(a: Weight, b: Weight): boolean {
  if (String(a.shape) !== String(b.shape)) return false;
  const [x, y] = [a.data, b.data];
  return x.length === y.length && x.every((value, i) => Object.is(value, y[i]));
}

/** Where `count` strings end, each of which has its length in four bytes in front. */
function endOfStrings(source: ByteSource, start: number, count: number): number {
  let at = start;
  for (let i = 0; i < count && at + 4 <= source.byteLength; i++) {
    const length = source.read(at, at + 4);
    at += 4 + new DataView(length.buffer, length.byteOffset, 4).getUint32(0, true);
  }
  return at;
}

/** Decodes at every access, so that of a model that is read from files no more is in memory than is used. */
function lazyWeight(spec: WeightSpec, read: () => Uint8Array): Weight {
  const { name, shape } = spec;
  return {
    name,
    shape,
    dtype: spec.dtype === "int32" || spec.dtype === "bool" ? spec.dtype : "float32",
    get data() {
      return decode(spec, read(), sizeOf(shape));
    },
  };
}

/** Index of the first NaN or infinity, or -1. */
function firstNotFinite(data: Float32Array): number {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(data[i])) return i;
  return -1;
}

/** uint8 and uint16 hold value = code * scale + min; float16 its bits; a bool is one byte. */
function decode(spec: WeightSpec, bytes: Uint8Array, count: number): Float32Array | Int32Array {
  const { min = 0, scale = 1, dtype: stored } = spec.quantization ?? {};
  if (stored === "float16") return halvesToFloats(aligned(bytes, Uint16Array, 2));
  if (stored === "uint8" || stored === "uint16") {
    const codes = stored === "uint8" ? bytes : aligned(bytes, Uint16Array, 2);
    const out = spec.dtype === "int32" ? new Int32Array(count) : new Float32Array(count);
    for (let i = 0; i < count; i++) out[i] = codes[i]! * scale + min;
    if (spec.dtype === "int32")
      for (let i = 0; i < count; i++) out[i] = Math.round(codes[i]! * scale + min);
    return out;
  }
  if (spec.dtype === "int32") return aligned(bytes, Int32Array, 4);
  if (spec.dtype === "bool" || spec.dtype === "uint8") return Int32Array.from(bytes);
  return aligned(bytes, Float32Array, 4);
}

type View<T> = new (buffer: ArrayBufferLike, offset: number, length: number) => T;

/** A typed view of the bytes; copied only where they do not start on a multiple of the element's width. */
function aligned<T>(bytes: Uint8Array, Type: View<T>, width: number): T {
  const at = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  return new Type(at.buffer, at.byteOffset, bytes.byteLength / width);
}

/** On the bits, for whole models are stored so: exponents count from 15 in a half, from 127 in a single. */
function halvesToFloats(codes: Uint16Array): Float32Array {
  const out = new Float32Array(codes.length);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    const size = code & 0x7fff;
    if (size >= 0x400 && size < 0x7c00)
      bits[i] = ((code & 0x8000) << 16) | ((size << 13) + ((127 - 15) << 23));
    else out[i] = halfToFloat(code);
  }
  return out;
}

/** IEEE 754 binary16 to number. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
