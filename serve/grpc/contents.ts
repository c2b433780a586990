/** The values of a tensor as InferTensorContents has them -> its bytes, as raw contents and binary tensors have them. */

import { endianness } from "node:os";
import { WireType } from "@bufbuild/protobuf/wire";
import { elementCount } from "../../predictor/tensor.ts";
import type { HttpError } from "../core/problems.ts";
import { lengthPrefix } from "../oip/lengthPrefix.ts";
import type { InferRequest } from "../oip/schema.ts";
import { wrong } from "../oip/wrong.ts";
import type { Span } from "./outline.ts";

type Input = InferRequest["inputs"][number];

/** The fields of InferTensorContents, by number. */
const FIELDS = [
  ...["unknown", "bool_contents", "int_contents", "int64_contents", "uint_contents"],
  ...["uint64_contents", "fp32_contents", "fp64_contents", "bytes_contents"],
];

/** How the values of a type are on the wire. */
interface ValueType {
  /** Number of their field. */
  readonly field: number;
  /** Wire type of one value; several are packed, except texts. */
  readonly wire: WireType;
  readonly create: (count: number, input: Input) => Values;
}

/** Values in the making. */
interface Values {
  /** Reads all values between two places. @throws HttpError 400 if they are more than there should be, or no values. */
  take(bytes: Uint8Array, start: number, end: number): void;
  /** How many were read. */
  readonly taken: number;
  /** Little-endian. */
  finish(): Uint8Array;
}

const FIXED_BYTES: Partial<Record<WireType, number>> = { [WireType.Bit32]: 4, [WireType.Bit64]: 8 };

/** Numbers of up to 32 bits in a field, of which the data type may hold fewer. */
const whole = (
  field: number,
  create: (count: number) => Made<number>,
  least = 0,
  most = 2 ** 32 - 1,
) => ({
  ...{ field, wire: WireType.Varint },
  create: varints(create, least < 0 ? (...place) => low32(...place) | 0 : low32, least, most),
});

/** By data type; of others, which no model takes, nothing is read. */
const TYPES: Partial<Record<Input["datatype"], ValueType>> = {
  FP32: { field: 6, wire: WireType.Bit32, create: floats(4) },
  FP64: { field: 7, wire: WireType.Bit64, create: floats(8) },
  INT8: whole(2, (count) => new Int8Array(count), -(2 ** 7), 2 ** 7 - 1),
  INT16: whole(2, (count) => new Int16Array(count), -(2 ** 15), 2 ** 15 - 1),
  INT32: whole(2, (count) => new Int32Array(count), -(2 ** 31)),
  UINT8: whole(4, (count) => new Uint8Array(count), 0, 2 ** 8 - 1),
  UINT16: whole(4, (count) => new Uint16Array(count), 0, 2 ** 16 - 1),
  UINT32: whole(4, (count) => new Uint32Array(count)),
  INT64: { field: 3, wire: WireType.Varint, create: varints((n) => new BigInt64Array(n), low64) },
  UINT64: { field: 5, wire: WireType.Varint, create: varints((n) => new BigUint64Array(n), low64) },
  BYTES: { field: 8, wire: WireType.LengthDelimited, create: texts },
};

/**
 * @param spans The tensor's contents, in parts.
 * @param most Values; nothing is read for a shape of more.
 * @returns As many bytes as the shape takes; none where its type or shape is one that no model takes.
 * @throws HttpError 400 naming the input.
 */
export function readContents(
  bytes: Uint8Array,
  spans: readonly Span[],
  input: Input,
  most: number,
): Uint8Array {
  const type = TYPES[input.datatype];
  const count = elementCount(input.shape);
  if (!type || count > most) return new Uint8Array();
  const values = type.create(count, input);
  for (const span of spans) readPart(bytes, span, type, values, input);
  if (values.taken !== count) {
    throw wrong(
      `input "${input.name}" has ${values.taken} values; its shape [${input.shape}] takes ${count}`,
    );
  }
  return values.finish();
}

function readPart(
  bytes: Uint8Array,
  { start, end }: Span,
  { field, wire }: ValueType,
  values: Values,
  { name, datatype }: Input,
): void {
  for (let at = start; at < end; ) {
    const tagEnd = endOfVarint(bytes, at, end, name);
    const tag = low32(bytes, at, tagEnd);
    const number = tag >>> 3;
    if (number !== field) {
      const found = FIELDS[number] ?? FIELDS[0];
      throw wrong(
        `input "${name}" has datatype ${datatype}; its values are in ${found}, expected ${FIELDS[field]}`,
      );
    }
    const given = tag & 7;
    let [from, to] = [tagEnd, tagEnd];
    if (given === WireType.LengthDelimited) {
      from = endOfVarint(bytes, tagEnd, end, name);
      to = from + low32(bytes, tagEnd, from);
    } else if (given === wire) {
      const size = FIXED_BYTES[wire];
      to = size === undefined ? endOfVarint(bytes, from, end, name) : from + size;
    } else throw wrong(`input "${name}" has values that cannot be read`);
    if (to > end) throw cutOff(name);
    values.take(bytes, from, to);
    at = to;
  }
}

function cutOff(name: string): HttpError {
  return wrong(`input "${name}" has values that end in the middle`);
}

/** Where the number ends that begins at the place. */
function endOfVarint(bytes: Uint8Array, at: number, end: number, name: string): number {
  let place = at;
  while (place < end && bytes[place]! & 0x80) place++;
  if (place >= end || place - at >= 10) throw cutOff(name);
  return place + 1;
}

/** The lowest 32 bits of a number, unsigned. */
function low32(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start, shift = 0; at < end && shift < 32; at++, shift += 7) {
    value |= (bytes[at]! & 0x7f) << shift;
  }
  return value >>> 0;
}

/** All bits of a number; of a negative one, as of an unsigned one. */
function low64(bytes: Uint8Array, start: number, end: number): bigint {
  // Small ones come in millions.
  if (end - start <= 4) return BigInt(low32(bytes, start, end));
  let value = 0n;
  for (let at = start, shift = 0n; at < end; at++, shift += 7n) {
    value |= BigInt(bytes[at]! & 0x7f) << shift;
  }
  return value;
}

function tooMany({ name, shape }: Input, count: number): HttpError {
  return wrong(`input "${name}" has more values than its shape [${shape}] takes, ${count}`);
}

/** @param size Bytes of each. */
function floats(size: number): ValueType["create"] {
  return (count, input) => {
    const made = new Uint8Array(size * count);
    let place = 0;
    return {
      take(bytes, start, end) {
        if ((end - start) % size !== 0) throw cutOff(input.name);
        if (place + end - start > made.length) throw tooMany(input, count);
        // For one value, a view of it costs more than to copy it.
        if (end - start === size) {
          for (let i = 0; i < size; i++) made[place + i] = bytes[start + i]!;
        } else made.set(bytes.subarray(start, end), place);
        place += end - start;
      },
      get taken() {
        return place / size;
      },
      finish: () => made,
    };
  };
}

/** Numbers of one size; what is more than they hold is cut off. */
interface Made<Value> {
  [place: number]: Value;
  readonly buffer: ArrayBuffer;
  readonly BYTES_PER_ELEMENT: number;
}

/**
 * @param read The number between two places.
 * @param least Smallest value; undefined: any.
 * @param most Largest value; undefined: any.
 */
function varints<Value extends number | bigint>(
  create: (count: number) => Made<Value>,
  read: (bytes: Uint8Array, start: number, end: number) => Value,
  least?: Value,
  most?: Value,
): ValueType["create"] {
  return (count, input) => {
    const made = create(count);
    let place = 0;
    return {
      take(bytes, start, end) {
        for (let at = start; at < end; ) {
          const next = endOfVarint(bytes, at, end, input.name);
          if (place >= count) throw tooMany(input, count);
          const value = read(bytes, at, next);
          if ((least !== undefined && value < least) || (most !== undefined && value > most)) {
            throw wrong(
              `input "${input.name}" holds ${value} at place ${place}, which is not a valid ${input.datatype}`,
            );
          }
          made[place++] = value;
          at = next;
        }
      },
      get taken() {
        return place;
      },
      finish() {
        const bytes = Buffer.from(made.buffer);
        return endianness() === "BE" ? swapped(bytes, made.BYTES_PER_ELEMENT) : bytes;
      },
    };
  };
}

function swapped(bytes: Buffer, size: number): Buffer {
  if (size === 2) return bytes.swap16();
  if (size === 4) return bytes.swap32();
  return size === 8 ? bytes.swap64() : bytes;
}

/** Each with its length before it, as the binary extension has them. */
function texts(count: number, input: Input): Values {
  const parts: Uint8Array[] = [];
  let taken = 0;
  return {
    take(bytes, start, end) {
      if (taken >= count) throw tooMany(input, count);
      taken++;
      parts.push(lengthPrefix(end - start), bytes.subarray(start, end));
    },
    get taken() {
      return taken;
    },
    finish: () => Buffer.concat(parts),
  };
}
