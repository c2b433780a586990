/** The view of a bundle under its own name: the graph's tensors. */

import { endianness } from "node:os";
import { tableRows } from "../../../predictor/item.ts";
import type { Manifest, TensorInfo } from "../../../predictor/manifest.ts";
import {
  elementCount,
  type Tensor,
  type TensorData,
  tensorOf,
  zeros,
} from "../../../predictor/tensor.ts";
import type { Limits } from "../../core/route.ts";
import { eachValue } from "../flatten.ts";
import { partsOf } from "../parts.ts";
import { requestLimits } from "../request.ts";
import { DATATYPES, type InferRequest } from "../schema.ts";
import { wrong } from "../wrong.ts";
import type { TensorMetadata, View } from "./view.ts";

type Feeds = Readonly<Record<string, Tensor>>;

/** Smaller tensors are copied out of the body: cheaper than moving it whole to another thread. */
const COPY_BELOW = 1 << 14;
/** Bytes of tensors, which are copied and scanned on the event loop. */
const LIGHT_BYTES = 1 << 22;

export const tensors: View<Feeds> = {
  suffix: "",
  platform: "onnx_onnxv1",

  inputs: ({ graph }) => graph.inputs.map(describe),

  outputs: ({ graph }) => graph.outputs.map(describe),

  /** Tensors of as many rows as are accepted, and each number in a list of its own. */
  limits({ graph }, { maxMovies, maxRatings }) {
    const sizes = graph.inputs.map(({ shape }) =>
      elementCount(
        shape.map((size, i) =>
          typeof size === "number" ? size : i === 0 ? maxMovies : maxRatings,
        ),
      ),
    );
    return requestLimits(2 * sizes.reduce((sum, size) => sum + size, 0), sizes.length);
  },

  isLight: (_, binary) => binary.length <= LIGHT_BYTES,

  decode(request, binary, manifest, limits) {
    const { inputs } = manifest.graph;
    const feeds = takeTensors(request, binary, inputs, limits);
    const rows = checkShapes(feeds, inputs);
    checkRanges(feeds, manifest);
    return { request, rows, work: feeds };
  },

  pack(feeds) {
    const own = Object.entries(feeds).map(([name, tensor]) => [name, alone(tensor)] as const);
    return { work: Object.fromEntries(own), views: own.map(([, { data }]) => data) };
  },

  async run({ work }, model, waiter) {
    const outputs = await model.run(work, waiter);
    return Object.entries(outputs).map(([name, { type, dims, data }]) => ({
      name,
      datatype: DATATYPES[type],
      shape: [...dims],
      data,
    }));
  },
};

function describe({ name, type, shape }: TensorInfo): TensorMetadata {
  return {
    name,
    datatype: DATATYPES[type],
    shape: shape.map((size) => (typeof size === "number" ? size : -1)),
  };
}

/** The tensor in a buffer of its own, which can be moved. */
function alone(tensor: Tensor): Tensor {
  const { type, dims, data } = tensor;
  return data.byteLength === data.buffer.byteLength ? tensor : tensorOf(type, dims, data.slice());
}

function takeTensors(
  request: InferRequest,
  binary: Buffer,
  expected: readonly TensorInfo[],
  limits: Limits,
): Record<string, Tensor> {
  const taken: Record<string, Tensor> = {};
  const names = expected.map(({ name }) => name);
  for (const { input, bytes } of partsOf(request, binary, names)) {
    const { name, shape, datatype, data } = input;
    const info = expected.find((each) => each.name === name)!;
    if (datatype !== DATATYPES[info.type]) {
      throw wrong(
        `input "${name}" has datatype ${datatype}; the model takes ${DATATYPES[info.type]}`,
      );
    }
    checkShape(name, shape, info);
    checkSizes(name, shape, info, limits);
    if (bytes === undefined) {
      taken[name] = tensorOf(info.type, shape, fromJson(name, data!, shape, info));
      continue;
    }
    const size = elementCount(shape) * (info.type === "uint8" ? 1 : 4);
    if (bytes.length !== size) {
      throw wrong(
        `input "${name}" has binary_data_size ${bytes.length}; its shape takes ${size} bytes`,
      );
    }
    taken[name] = tensorOf(info.type, shape, fromBytes(bytes, info));
  }
  const missing = names.filter((name) => !Object.hasOwn(taken, name));
  if (missing.length > 0) throw wrong(`inputs are missing: ${missing.join(", ")}`);
  return taken;
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
function checkShapes(taken: Feeds, inputs: readonly TensorInfo[]): number {
  const sizes = new Map<string, { size: number; name: string }>();
  for (const { name, shape } of inputs) {
    for (const [i, dimension] of shape.entries()) {
      if (typeof dimension !== "string") continue;
      const size = taken[name]!.dims[i]!;
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
function checkRanges(feeds: Feeds, { inputs }: Manifest): void {
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
