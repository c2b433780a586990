/** The body of an inference request, JSON or JSON followed by binary tensors -> the graph's feeds. */

import { endianness } from "node:os";
import { tableRows } from "../../predictor/item.ts";
import type { Manifest, TensorInfo } from "../../predictor/manifest.ts";
import {
  elementCount,
  type Tensor,
  type TensorData,
  tensorOf,
  zeros,
} from "../../predictor/tensor.ts";
import { HttpError } from "../core/problems.ts";
import { fieldOf } from "../core/validation.ts";
import { DATATYPES, type InferRequest, inferRequestSchema } from "./schema.ts";

/** Smaller tensors are copied out of the body: cheaper than moving it whole to another thread. */
const COPY_BELOW = 1 << 14;

export interface DecodedRequest {
  readonly request: InferRequest;
  readonly feeds: Record<string, Tensor>;
  readonly rows: number;
}

/** @throws HttpError 400 naming the input that is wrong. */
export function wrong(detail: string): HttpError {
  return new HttpError("invalid-tensors", detail);
}

/**
 * @param body The whole body, unpacked; becomes part of the feeds.
 * @param jsonLength Value of the header Inference-Header-Content-Length, if there is one.
 * @param maxRows Most rows accepted.
 */
export function decodeInfer(
  body: Buffer,
  jsonLength: string | undefined,
  manifest: Manifest,
  maxRows: number,
): DecodedRequest {
  // Number() would take "0x10" and "", too.
  const isDecimal = jsonLength !== undefined && /^\d+$/.test(jsonLength);
  const given = isDecimal ? Number(jsonLength) : Number.NaN;
  const split = jsonLength === undefined ? body.length : given;
  if (!Number.isInteger(split) || split < 0 || split > body.length) {
    throw wrong(
      `Inference-Header-Content-Length is ${jsonLength}; the body has ${body.length} bytes`,
    );
  }
  const request = parseJson(body.subarray(0, split));
  const tensors = takeTensors(request, body.subarray(split), manifest.graph.inputs);
  const rows = checkShapes(tensors, manifest.graph.inputs, maxRows);
  checkRanges(tensors, manifest);
  return { request, feeds: tensors, rows };
}

function parseJson(bytes: Buffer): InferRequest {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw wrong(`the body is not JSON: ${(error as Error).message}`);
  }
  const result = inferRequestSchema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw wrong(`${fieldOf("", issue!.path) || "the body"}: ${issue!.message}`);
}

function takeTensors(
  { inputs }: InferRequest,
  binary: Buffer,
  expected: readonly TensorInfo[],
): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {};
  let offset = 0;
  for (const { name, shape, datatype, data, parameters } of inputs) {
    const info = expected.find((input) => input.name === name);
    const names = expected.map((input) => input.name).join(", ");
    if (!info) throw wrong(`input "${name}" is not one of the model's: ${names}`);
    if (Object.hasOwn(tensors, name)) throw wrong(`input "${name}" is given twice`);
    if (datatype !== DATATYPES[info.type]) {
      throw wrong(
        `input "${name}" has datatype ${datatype}; the model takes ${DATATYPES[info.type]}`,
      );
    }
    if (parameters && "shared_memory_region" in parameters) {
      throw wrong(`input "${name}" is in shared memory, which this server does not offer`);
    }
    checkShape(name, shape, info);
    const size = parameters?.binary_data_size;
    if (size === undefined) {
      if (data === undefined) throw wrong(`input "${name}" has neither data nor binary_data_size`);
      tensors[name] = tensorOf(info.type, shape, fromJson(name, data, shape, info));
      continue;
    }
    if (data !== undefined) throw wrong(`input "${name}" has both data and binary_data_size`);
    const bytes = elementCount(shape) * (info.type === "uint8" ? 1 : 4);
    if (size !== bytes) {
      throw wrong(`input "${name}" has binary_data_size ${size}; its shape takes ${bytes} bytes`);
    }
    if (offset + bytes > binary.length) {
      throw wrong(`input "${name}" ends beyond the body: ${binary.length} binary bytes were sent`);
    }
    const part = binary.subarray(offset, offset + bytes);
    tensors[name] = tensorOf(info.type, shape, fromBytes(part, info));
    offset += bytes;
  }
  if (offset !== binary.length) {
    throw wrong(`${binary.length - offset} binary bytes belong to no input`);
  }
  const missing = expected.filter(({ name }) => !Object.hasOwn(tensors, name));
  if (missing.length > 0) {
    throw wrong(`inputs are missing: ${missing.map(({ name }) => name).join(", ")}`);
  }
  return tensors;
}

function checkShape(name: string, shape: readonly number[], { shape: expected }: TensorInfo): void {
  const fits =
    shape.length === expected.length &&
    expected.every((size, i) => (typeof size === "string" ? shape[i]! > 0 : shape[i] === size));
  if (fits) return;
  const sizes = expected.map((size) => (typeof size === "string" ? -1 : size));
  throw wrong(`input "${name}" has shape [${shape}]; the model takes [${sizes}], -1 for any`);
}

/** Checks that dynamic dimensions of the same name have the same size. @returns The number of rows, `batch`. */
function checkShapes(
  tensors: Readonly<Record<string, Tensor>>,
  inputs: readonly TensorInfo[],
  maxRows: number,
): number {
  const sizes = new Map<string, { size: number; name: string }>();
  for (const { name, shape } of inputs) {
    for (const [i, dimension] of shape.entries()) {
      if (typeof dimension !== "string") continue;
      const size = tensors[name]!.dims[i]!;
      const other = sizes.get(dimension);
      if (other && other.size !== size) {
        throw wrong(
          `input "${name}" has ${size} of "${dimension}", but input "${other.name}" has ${other.size}`,
        );
      }
      sizes.set(dimension, { size, name });
    }
  }
  const rows = sizes.get("batch")?.size ?? 1;
  if (rows > maxRows) throw wrong(`the batch has ${rows} rows; at most ${maxRows} are accepted`);
  return rows;
}

function fromJson(
  name: string,
  data: readonly unknown[],
  shape: readonly number[],
  { type }: TensorInfo,
): TensorData {
  const flat = data.flat(shape.length - 1);
  const length = elementCount(shape);
  if (flat.length !== length) {
    throw wrong(`input "${name}" has ${flat.length} values; its shape [${shape}] takes ${length}`);
  }
  const values = zeros(type, length);
  const [low, high] = type === "uint8" ? [0, 255] : [-(2 ** 31), 2 ** 31 - 1];
  for (const [i, value] of flat.entries()) {
    const fits =
      typeof value === "number" &&
      (type === "float32"
        ? Number.isFinite(Math.fround(value))
        : Number.isInteger(value) && value >= low && value <= high);
    if (!fits) {
      const given = JSON.stringify(value)?.slice(0, 40);
      throw wrong(
        `input "${name}" holds ${given} at place ${i}, which is not a valid ${DATATYPES[type]}`,
      );
    }
    values[i] = value;
  }
  return values;
}

function fromBytes(bytes: Buffer, { type }: TensorInfo): TensorData {
  const own = bytes.length < COPY_BELOW ? Buffer.from(Uint8Array.from(bytes).buffer) : bytes;
  if (type === "uint8") return new Uint8Array(own.buffer, own.byteOffset, own.length);
  // Typed arrays of four-byte numbers must start at a multiple of four; the protocol is little-endian.
  const aligned =
    own.byteOffset % 4 === 0 ? own : Buffer.from(Uint8Array.from(own).buffer as ArrayBuffer);
  if (endianness() === "BE") aligned.swap32();
  return type === "int32"
    ? new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4)
    : new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

/** Checks that rows of tables exist and floats are finite: the runtime would fail on others, or answer nonsense. */
function checkRanges(feeds: Readonly<Record<string, Tensor>>, { inputs }: Manifest): void {
  const tables = tableRows(inputs);
  for (const [name, { type, data }] of Object.entries(feeds)) {
    const size = tables[name];
    if (type === "uint8" || (type === "int32" && size === undefined)) continue;
    const low = size === undefined ? -3.5e38 : 0;
    const high = size === undefined ? 3.5e38 : size - 1;
    for (let i = 0; i < data.length; i++) {
      const value = data[i]!;
      if (!(value >= low && value <= high)) {
        const range = size === undefined ? "not a finite number" : `outside 0 to ${high}`;
        throw wrong(`input "${name}" holds ${value} at place ${i}, which is ${range}`);
      }
    }
  }
}
