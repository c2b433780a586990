/** The elements of an input of the bundle's own, as the protocol sends them: BYTES or numbers, one for each row. */

import { InputError } from "../../../predictor/errors.ts";
import { decodeBase64 } from "../../core/inputs/image.ts";
import type { NumberDatatype } from "../../core/inputs/servedType.ts";
import { eachValue } from "../flatten.ts";
import { LENGTH_BYTES } from "../lengthPrefix.ts";
import type { InputPart } from "../parts.ts";
import { wrong } from "../wrong.ts";

/** A text, bytes (of a text or a file), a number, or undefined where the row has none: empty, null or NaN. */
export type Element = string | Uint8Array | number | undefined;

/**
 * Values of the parameter `content_type`, as MLServer's clients send it: `base64` says that the elements are base64, and the
 * others say nothing that the datatype does not.
 */
const CONTENT_TYPES = ["str", "base64", "np", "pd"];

type ReadNumber = (view: DataView, at: number) => number;

const NUMBERS: Readonly<Record<NumberDatatype, readonly [bytes: number, read: ReadNumber]>> = {
  FP64: [8, (view, at) => view.getFloat64(at, true)],
  FP32: [4, (view, at) => view.getFloat32(at, true)],
  INT64: [8, (view, at) => Number(view.getBigInt64(at, true))],
  INT32: [4, (view, at) => view.getInt32(at, true)],
  INT16: [2, (view, at) => view.getInt16(at, true)],
  INT8: [1, (view, at) => view.getInt8(at)],
  UINT64: [8, (view, at) => Number(view.getBigUint64(at, true))],
  UINT32: [4, (view, at) => view.getUint32(at, true)],
  UINT16: [2, (view, at) => view.getUint16(at, true)],
  UINT8: [1, (view, at) => view.getUint8(at)],
};

/** Names a row of an input in errors; rows are counted from 0. */
export function placeOf(name: string, row: number): string {
  return `input "${name}", row ${row}`;
}

/**
 * @param numbers Datatypes that are accepted beside BYTES.
 * @param rows That the shape says.
 * @throws HttpError 400 naming the input, and the row.
 */
export function elementsOf(
  { input, bytes }: InputPart,
  numbers: readonly NumberDatatype[],
  rows: number,
): Element[] {
  const { name, datatype } = input;
  const isNumber = numbers.includes(datatype as NumberDatatype);
  if (!isNumber && datatype !== "BYTES") {
    const accepted = [...numbers, "BYTES"].join(", ");
    throw wrong(`input "${name}" has datatype ${datatype}; it takes ${accepted}`);
  }
  if (isNumber) {
    const values = bytes
      ? numbersOf(name, bytes, datatype as NumberDatatype, rows)
      : listed(input, rows, isNumberValue, datatype);
    return values.map((value) => (Number.isNaN(value) ? undefined : value));
  }
  const contentType = input.parameters?.content_type ?? "str";
  if (!CONTENT_TYPES.includes(String(contentType))) {
    const known = CONTENT_TYPES.join(", ");
    throw wrong(`input "${name}" has content_type "${contentType}"; expected one of ${known}`);
  }
  const values = bytes ? split(name, bytes, rows) : listed(input, rows, isText, datatype);
  return values.map((value, row) => {
    if (value === undefined || value.length === 0) return undefined;
    return contentType === "base64" ? fromBase64(value, placeOf(name, row)) : value;
  });
}

/** @throws HttpError 400 beginning with `place`, unless the text is base64. */
export function fromBase64(value: string | Uint8Array, place: string): Uint8Array {
  const text = typeof value === "string" ? value : Buffer.from(value).toString("latin1");
  try {
    return decodeBase64(text, place);
  } catch (error) {
    throw error instanceof InputError ? wrong(error.message) : error;
  }
}

const isNumberValue = (value: unknown): value is number => typeof value === "number";
const isText = (value: unknown): value is string => typeof value === "string";

/** The values of JSON; null stands for none. */
function listed<Value>(
  { name, data, shape }: InputPart["input"],
  rows: number,
  isValue: (value: unknown) => value is Value,
  datatype: string,
): (Value | undefined)[] {
  const values: unknown[] = [];
  eachValue(data!, shape.length, (value) => values.push(value));
  if (values.length !== rows) {
    throw wrong(`input "${name}" has ${values.length} values; its shape [${shape}] takes ${rows}`);
  }
  return values.map((value, row) => {
    if (value === null) return undefined;
    if (isValue(value)) return value;
    throw wrong(`${placeOf(name, row)}: is ${kindOf(value)}, which is not a valid ${datatype}`);
  });
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function numbersOf(name: string, bytes: Buffer, datatype: NumberDatatype, rows: number): number[] {
  const [size, read] = NUMBERS[datatype];
  if (bytes.length !== rows * size) {
    throw wrong(
      `input "${name}" has binary_data_size ${bytes.length}; its shape takes ${rows * size} bytes`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: rows }, (_, row) => read(view, row * size));
}

/** The elements of binary BYTES, as parts of it. */
function split(name: string, bytes: Buffer, rows: number): Buffer[] {
  let at = 0;
  const elements = Array.from({ length: rows }, (_, row) => {
    const start = at + LENGTH_BYTES;
    const end = start <= bytes.length ? start + bytes.readUInt32LE(at) : Number.POSITIVE_INFINITY;
    if (end > bytes.length) {
      throw wrong(
        `${placeOf(name, row)}: ends beyond the input's ${bytes.length} bytes; each element is its length in 4 little-endian bytes, then its bytes`,
      );
    }
    at = end;
    return bytes.subarray(start, end);
  });
  if (at === bytes.length) return elements;
  throw wrong(`input "${name}" has ${bytes.length - at} bytes after its ${rows} elements`);
}
