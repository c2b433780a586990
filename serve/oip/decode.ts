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
import { parseJson } from "../core/body/parseJson.ts";
import { type JsonLimits, MAX_DEPTH, MAX_FIELDS } from "../core/body/scanJson.ts";
import { HttpError } from "../core/problems.ts";
import type { Limits } from "../core/route.ts";
import { fieldOf } from "../core/validation.ts";
import { eachValue } from "./flatten.ts";
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
 * @param limits Most rows accepted, and ratings of each.
 */
export function decodeInfer(
  body: Buffer,
  jsonLength: string | undefined,
  manifest: Manifest,
  limits: Limits,
): DecodedRequest {
  const split = jsonEnd(body, jsonLength);
  const most = inferLimits(manifest.graph.inputs, limits);
  const request = parseRequest(body.subarray(0, split), most);
  return toFeeds(request, body.subarray(split), manifest, limits);
}

/**
 * A request in the form of JSON, with or without the bytes of tensors that follow it -> the graph's feeds.
 *
 * @param binary Tensors whose `binary_data_size` says how long they are, in the order of the inputs; become part of the
 *   feeds.
 * @throws HttpError 400 naming the input that is wrong.
 */
export function toFeeds(
  request: InferRequest,
  binary: Buffer,
  manifest: Manifest,
  limits: Limits,
): DecodedRequest {
  const { inputs } = manifest.graph;
  const tensors = takeTensors(request, binary, inputs, limits);
  const rows = checkShapes(tensors, inputs);
  checkRanges(tensors, manifest);
  return { request, feeds: tensors, rows };
}

/**
 * Where the JSON ends and binary tensors begin.
 *
 * @throws HttpError 400 if that is not in the body.
 */
export function jsonEnd(body: Uint8Array, jsonLength: string | undefined): number {
  if (jsonLength === undefined) return body.length;
  // Number() would take "0x10" and "", too.
  const end = /^\d+$/.test(jsonLength) ? Number(jsonLength) : Number.NaN;
  if (Number.isSafeInteger(end) && end <= body.length) return end;
  throw wrong(
    `Inference-Header-Content-Length is ${jsonLength}; the body has ${body.length} bytes`,
  );
}

/** Objects of a request: itself, and for each of its tensors one with parameters. */
const MAX_OBJECTS = 1000;
/** Values beside the tensors'. */
const OTHER_VALUES = 10_000;

/** What a request may hold as JSON: tensors of as many rows as are accepted, and each number in a list of its own. */
export function inferLimits(inputs: readonly TensorInfo[], limits: Limits): JsonLimits {
  const { maxMovies, maxRatings } = limits;
  const sizes = inputs.map(({ shape }) =>
    elementCount(
      shape.map((size, i) => (typeof size === "number" ? size : i === 0 ? maxMovies : maxRatings)),
    ),
  );
  const numbers = sizes.reduce((sum, size) => sum + size, 0);
  return {
    depth: MAX_DEPTH,
    values: 2 * numbers + OTHER_VALUES,
    objects: MAX_OBJECTS,
    fields: MAX_FIELDS,
  };
}

/** A request whose tensors' data are only known to be lists. */
function parseRequest(bytes: Uint8Array, limits: JsonLimits): InferRequest {
  let json: unknown;
  try {
    json = parseJson(bytes, limits);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw wrong(`the body is not JSON: ${error.message}`);
  }
  const { request, data } = withoutData(json);
  const result = inferRequestSchema.safeParse(request);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw wrong(`${fieldOf("", issue!.path) || "the body"}: ${issue!.message}`);
  }
  const inputs = result.data.inputs.map((input, i) =>
    data[i] === undefined ? input : { ...input, data: data[i] },
  );
  return { ...result.data, inputs };
}

/** The request with empty lists in place of its tensors' data: the schema would look at each number. */
function withoutData(json: unknown): {
  readonly request: unknown;
  readonly data: readonly (unknown[] | undefined)[];
} {
  const { inputs } = (json ?? {}) as { inputs?: unknown };
  if (!Array.isArray(inputs)) return { request: json, data: [] };
  const data = inputs.map((input: { data?: unknown } | null) =>
    Array.isArray(input?.data) ? input.data : undefined,
  );
  const others = inputs.map((input, i) => (data[i] ? { ...input, data: [] } : input));
  return { request: { ...(json as object), inputs: others }, data };
}

function takeTensors(
  { inputs }: InferRequest,
  binary: Buffer,
  expected: readonly TensorInfo[],
  limits: Limits,
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
    checkSizes(name, shape, info, limits);
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

/** Checks that there are no more rows than a request may have items, and no more of anything else than ratings. */
function checkSizes(
  name: string,
  shape: readonly number[],
  info: TensorInfo,
  { maxMovies, maxRatings }: Limits,
): void {
  for (const [i, dimension] of info.shape.entries()) {
    if (typeof dimension !== "string") continue;
    const size = shape[i]!;
    const most = i === 0 ? maxMovies : maxRatings;
    if (size <= most) continue;
    throw wrong(
      i === 0
        ? `the batch has ${size} rows; at most ${most} are accepted`
        : `input "${name}" has ${size} of "${dimension}"; at most ${most} are accepted`,
    );
  }
}

/** Checks that dynamic dimensions of the same name have the same size. @returns The number of rows, `batch`. */
function checkShapes(
  tensors: Readonly<Record<string, Tensor>>,
  inputs: readonly TensorInfo[],
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
  return sizes.get("batch")?.size ?? 1;
}

function fromJson(
  name: string,
  data: readonly unknown[],
  shape: readonly number[],
  { type }: TensorInfo,
): TensorData {
  const length = elementCount(shape);
  let count = 0;
  eachValue(data, shape.length, () => {
    count++;
  });
  if (count !== length) {
    throw wrong(`input "${name}" has ${count} values; its shape [${shape}] takes ${length}`);
  }
  const values = zeros(type, length);
  const [low, high] = type === "uint8" ? [0, 255] : [-(2 ** 31), 2 ** 31 - 1];
  eachValue(data, shape.length, (value, place) => {
    const fits =
      typeof value === "number" &&
      (type === "float32"
        ? Number.isFinite(Math.fround(value))
        : Number.isInteger(value) && value >= low && value <= high);
    if (!fits) {
      throw wrong(
        `input "${name}" holds ${inShort(value)} at place ${place}, which is not a valid ${DATATYPES[type]}`,
      );
    }
    values[place] = value;
  });
  return values;
}

/** A value in an error: what it holds itself may be long, and deep. */
function inShort(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  return JSON.stringify(typeof value === "string" ? value.slice(0, 40) : value).slice(0, 40);
}

function fromBytes(bytes: Buffer, { type }: TensorInfo): TensorData {
  const own = bytes.length < COPY_BELOW ? Buffer.from(new Uint8Array(bytes).buffer) : bytes;
  if (type === "uint8") return new Uint8Array(own.buffer, own.byteOffset, own.length);
  // Typed arrays of four-byte numbers must start at a multiple of four; the protocol is little-endian.
  const aligned = own.byteOffset % 4 === 0 ? own : Buffer.from(new Uint8Array(own).buffer);
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
