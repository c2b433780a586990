/** Reads the attributes of a TensorFlow node from JSON, in both encodings that converters have written. */
import { base64Decode } from "@bufbuild/protobuf/wire";
import { isRecord } from "../config.ts";
import { refuse } from "../errors.ts";
import type { DType } from "../ir.ts";

/** An attribute as JSON has it: `{ "i": "3" }`, `{ "s": "TkhXQw==" }`, `{ "list": { "i": [...] } }` and so on. */
export type RawAttrs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Typed access to a node's attributes; an absent one has the fallback. */
export interface Attributes {
  has(name: string): boolean;
  int(name: string, fallback: number): number;
  float(name: string, fallback: number): number;
  flag(name: string, fallback: boolean): boolean;
  /** Text, from base64 (newer converters) or from a list of bytes (older ones). */
  text(name: string, fallback: string): string;
  ints(name: string): number[];
  texts(name: string): string[];
  /** The element type TensorFlow.js computes with, of a type such as DT_INT64 or 9. */
  dtype(name: string, fallback: DType): DType;
  /** Sizes, -1 where unknown; undefined where the rank is unknown or the attribute absent. */
  shape(name: string): number[] | undefined;
  /** The name of a function of the library. */
  functionName(name: string): string;
}

export function attributes(raw: RawAttrs): Attributes {
  const list = (name: string, kind: string): unknown[] => {
    const { [kind]: items = [] } = (raw[name]?.list as Record<string, unknown> | undefined) ?? {};
    return Array.isArray(items) ? items : refuse(`"${name}" is not a list`);
  };
  const whole = (name: string, value: unknown): number =>
    Number.isInteger(Number(value)) ? Number(value) : refuse(`"${name}" is no whole number`);
  const text = (name: string, value: unknown): string =>
    decodeText(value) ?? refuse(`"${name}" is neither a text in base64 nor a list of bytes`);
  return {
    has: (name) => raw[name] !== undefined,
    int: (name, fallback) => (raw[name]?.i === undefined ? fallback : whole(name, raw[name].i)),
    // JSON has no infinities: they are written as text
    float: (name, fallback) => (raw[name]?.f === undefined ? fallback : Number(raw[name].f)),
    flag: (name, fallback) => (raw[name]?.b as boolean | undefined) ?? fallback,
    text: (name, fallback) => (raw[name]?.s === undefined ? fallback : text(name, raw[name].s)),
    ints: (name) => list(name, "i").map((value) => whole(name, value)),
    texts: (name) => list(name, "s").map((value) => text(name, value)),
    dtype: (name, fallback) =>
      raw[name]?.type === undefined ? fallback : dtypeOf(raw[name].type, name),
    shape: (name) => shapeOf(raw[name]?.shape),
    functionName: (name) => String((raw[name]?.func as { name?: string } | undefined)?.name ?? ""),
  };
}

function decodeText(value: unknown): string | undefined {
  try {
    const bytes = Array.isArray(value) ? (value as number[]) : base64Decode(String(value));
    return String.fromCharCode(...bytes);
  } catch {
    return undefined;
  }
}

/** Element types by name and by number (types.proto); TensorFlow.js knows float32, int32, bool and string. */
const TYPES: Readonly<Record<string, DType | "string" | "complex64">> = {
  DT_FLOAT: "float32",
  1: "float32",
  DT_DOUBLE: "float32",
  2: "float32",
  DT_HALF: "float32",
  19: "float32",
  DT_BFLOAT16: "float32",
  14: "float32",
  DT_INT32: "int32",
  3: "int32",
  DT_UINT8: "int32",
  4: "int32",
  DT_INT16: "int32",
  5: "int32",
  DT_INT8: "int32",
  6: "int32",
  DT_INT64: "int32",
  9: "int32",
  DT_UINT16: "int32",
  17: "int32",
  DT_UINT32: "int32",
  22: "int32",
  DT_UINT64: "int32",
  23: "int32",
  DT_BOOL: "bool",
  10: "bool",
  DT_STRING: "string",
  7: "string",
  DT_COMPLEX64: "complex64",
  8: "complex64",
};

/** @throws Refusal for types that ONNX graphs of ours do not hold. */
export function dtypeOf(type: unknown, name: string): DType {
  const found = TYPES[String(type)];
  if (found === undefined || found === "string" || found === "complex64")
    refuse(`"${name}" is ${found ?? JSON.stringify(type)}; float32, int32 and bool are supported`);
  return found;
}

/**
 * The sizes of a TensorShapeProto in JSON, -1 where unknown; undefined where it has no rank.
 *
 * @throws Refusal for something else.
 */
export function shapeOf(shape: unknown): number[] | undefined {
  const { dim = [], unknownRank } = (shape ?? { unknownRank: true }) as Record<string, unknown>;
  if (unknownRank) return undefined;
  const sizes = (Array.isArray(dim) ? dim : [null]).map((d) =>
    isRecord(d) ? Number(d.size ?? -1) : Number.NaN,
  );
  if (!sizes.every(Number.isInteger)) refuse(`has the shape ${JSON.stringify(shape)}`);
  return sizes;
}
