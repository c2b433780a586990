/** The tensors of a state dict, whichever format they were read from. */

import { InputError } from "../../../predictor/errors.ts";

/** Types of elements by the names that safetensors gives them: bytes of one, and its value in little-endian bytes. */
export const ELEMENTS = {
  F64: { size: 8, read: (view: DataView, at: number) => view.getFloat64(at, true) },
  F32: { size: 4, read: (view: DataView, at: number) => view.getFloat32(at, true) },
  F16: { size: 2, read: (view: DataView, at: number) => float16(view.getUint16(at, true)) },
  BF16: { size: 2, read: (view: DataView, at: number) => bfloat16(view.getUint16(at, true)) },
  I64: { size: 8, read: (view: DataView, at: number) => Number(view.getBigInt64(at, true)) },
  I32: { size: 4, read: (view: DataView, at: number) => view.getInt32(at, true) },
  I16: { size: 2, read: (view: DataView, at: number) => view.getInt16(at, true) },
  I8: { size: 1, read: (view: DataView, at: number) => view.getInt8(at) },
  U8: { size: 1, read: (view: DataView, at: number) => view.getUint8(at) },
  BOOL: { size: 1, read: (view: DataView, at: number) => view.getUint8(at) },
} as const;

export type ElementType = keyof typeof ELEMENTS;

export interface Weight {
  readonly type: ElementType;
  /** From the outermost axis on; [] is a scalar. */
  readonly shape: readonly number[];
  /**
   * The elements, little-endian, in the order of the axes: made when they are asked for, as a view of the file's bytes
   * where the file has them in that order.
   *
   * @throws InputError where the file's own checksum says that they are damaged.
   */
  bytes(): Uint8Array;
}

/** Tensors by their names, in the file's order. */
export type StateDict = ReadonlyMap<string, Weight>;

/** The number of elements; not a safe integer for sizes that no file can have. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The values of a tensor as float32. int64 and float64 are rounded to it. */
export function floatsOf(weight: Weight): Float32Array {
  const { size, read } = ELEMENTS[weight.type];
  const data = weight.bytes();
  // By far the most frequent type, copied at once where the machine has the file's order of bytes.
  if (weight.type === "F32" && IS_LITTLE_ENDIAN)
    return new Float32Array(new Uint8Array(data).buffer);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Float32Array.from({ length: data.byteLength / size }, (_, i) => read(view, i * size));
}

/**
 * The values of the tensor of that name and shape.
 *
 * @throws InputError if the file has none.
 */
export type WeightFinder = (name: string, shape: readonly number[]) => Float32Array;

/** @param file Named in errors. */
export function weightFinder(weights: StateDict, file: string): WeightFinder {
  return (name, shape) => {
    const weight = weights.get(name);
    if (!weight) throw new InputError(file, `has no tensor "${name}"; is it of this model?`);
    if (String(weight.shape) !== String(shape))
      throw new InputError(
        file,
        `"${name}" has the shape [${weight.shape}], expected [${shape}]; is it of this model?`,
      );
    return floatsOf(weight);
  };
}

function bfloat16(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits * 65536);
  return view.getFloat32(0);
}

/** IEEE 754 binary16: 1 bit of sign, 5 of the exponent, 10 of the fraction. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
