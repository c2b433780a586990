/**
 * Reads NumPy's `.npy` files: arrays of float32, float64 or integers, little-endian and in C order (version 1 to 3 of the
 * format, https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 */

import { isFloat32 } from "../../dataset/tables/values.ts";

const MAGIC = "\u0093NUMPY";

/** Bytes of a number, and how to read one, by NumPy's name of the type. */
const TYPES: Readonly<
  Record<string, { bytes: number; read: (view: DataView, at: number) => number }>
> = {
  "<f4": { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  "<f8": { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  "|i1": { bytes: 1, read: (view, at) => view.getInt8(at) },
  "|u1": { bytes: 1, read: (view, at) => view.getUint8(at) },
  "<i2": { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  "<u2": { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  "<i4": { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  "<u4": { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  "<i8": { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  "<u8": { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
};

/**
 * @param bytes Of a file with an array of the shape [steps, features], or [features]: one step.
 * @returns The steps, at least one.
 * @throws Error with the rest of a sentence that begins with the file.
 */
export function parseNpy(bytes: Uint8Array): number[][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || Buffer.from(bytes.subarray(0, 6)).toString("latin1") !== MAGIC) {
    throw new Error("it is not in NumPy's format");
  }
  const long = bytes[6]! >= 2;
  const start = long ? 12 : 10;
  const end = start + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = Buffer.from(bytes.subarray(start, end)).toString("latin1");
  const type = /'descr':\s*'([^']+)'/.exec(header)?.[1];
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (type === undefined || shape === undefined) throw new Error("its header cannot be read");
  const known = TYPES[type];
  if (!known) {
    throw new Error(`its numbers are ${type}, expected one of ${Object.keys(TYPES).join(", ")}`);
  }
  if (/'fortran_order':\s*True/.test(header)) {
    throw new Error("it is in Fortran order; write it with np.ascontiguousarray");
  }
  const sizes = shape.split(",").flatMap((size) => (size.trim() === "" ? [] : Number(size)));
  if (sizes.length < 1 || sizes.length > 2 || sizes.includes(0)) {
    throw new Error(`its shape is (${sizes.join(", ")}), expected (steps, features) or (features)`);
  }
  const [steps, features] = sizes.length === 1 ? [1, sizes[0]!] : (sizes as [number, number]);
  const expected = end + steps * features * known.bytes;
  if (bytes.length !== expected) {
    throw new Error(`it has ${bytes.length} bytes, expected ${expected}: it may be cut short`);
  }
  return Array.from({ length: steps }, (_, t) =>
    Array.from({ length: features }, (_, f) => {
      const value = known.read(view, end + (t * features + f) * known.bytes);
      if (!isFloat32(value)) throw new Error(`it has ${value} at step ${t + 1}`);
      return value;
    }),
  );
}
