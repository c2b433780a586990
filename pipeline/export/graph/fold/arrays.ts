/** Row-major arrays of constants: strided views, gathers along an axis, reductions. */
import { type Constant, type DType, sizeOf, type TensorData } from "../../ir.ts";
import { copyStrided, stridesOf } from "../../strided.ts";

/** A constant without a name. */
export type Values = Pick<Constant, "dtype" | "shape" | "data">;

/** A typed array of the element type, with room for `count` values. */
export function allocate(dtype: DType, count: number): TensorData {
  switch (dtype) {
    case "float32":
      return new Float32Array(count);
    case "int64":
      return new BigInt64Array(count);
    case "int32":
      return new Int32Array(count);
    case "int8":
      return new Int8Array(count);
    case "float16":
      return new Uint16Array(count);
    default:
      return new Uint8Array(count);
  }
}

/** Values as numbers, which hold every size and index exactly. */
export function numbers({ data }: Pick<Values, "data">): ArrayLike<number> {
  return data instanceof BigInt64Array ? Array.from(data, Number) : data;
}

/** A constant of computed numbers, rounded to its element type. */
export function fromNumbers(
  dtype: DType,
  shape: readonly number[],
  at: (i: number) => number,
): Values {
  const data = allocate(dtype, sizeOf(shape));
  if (data instanceof BigInt64Array)
    for (let i = 0; i < data.length; i++) data[i] = BigInt(Math.trunc(at(i)));
  else for (let i = 0; i < data.length; i++) data[i] = at(i);
  return { dtype, shape, data };
}

/** What is at the sum of index times stride for every index of `shape`: transposes, broadcasts. */
export function strided(
  { dtype, data }: Pick<Values, "dtype" | "data">,
  shape: readonly number[],
  strides: readonly number[],
): Values {
  const out = allocate(dtype, sizeOf(shape));
  copyStrided(data, out, shape, strides);
  return { dtype, shape, data: out };
}

/** The values repeated along axes of size 1, up to `shape`. */
export function expanded(values: Values, shape: readonly number[]): Values {
  if (String(values.shape) === String(shape)) return values;
  const own = [...Array<number>(shape.length - values.shape.length).fill(1), ...values.shape];
  const strides = stridesOf(own).map((stride, axis) => (own[axis] === 1 ? 0 : stride));
  return strided(values, shape, strides);
}

/** Slices of an axis, in the order of `indices`. */
export function gathered(values: Values, axis: number, indices: readonly number[]): Values {
  const shape = values.shape.map((d, i) => (i === axis ? indices.length : d));
  const inner = sizeOf(values.shape.slice(axis + 1));
  const rows = values.shape[axis]!;
  const out = allocate(values.dtype, sizeOf(shape));
  const outer = sizeOf(values.shape.slice(0, axis));
  for (let o = 0, at = 0; o < outer; o++) {
    for (const index of indices) {
      const from = (o * rows + index) * inner;
      (out as Float32Array).set((values.data as Float32Array).subarray(from, from + inner), at);
      at += inner;
    }
  }
  return { dtype: values.dtype, shape, data: out };
}

/** Joined along an axis. */
export function joined(parts: readonly Values[], axis: number): Values {
  const [first] = parts as [Values];
  const total = parts.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const shape = first.shape.map((d, i) => (i === axis ? total : d));
  const out = allocate(first.dtype, sizeOf(shape));
  const outer = sizeOf(first.shape.slice(0, axis));
  for (let o = 0, at = 0; o < outer; o++) {
    for (const part of parts) {
      const block = sizeOf(part.shape.slice(axis));
      (out as Float32Array).set(
        (part.data as Float32Array).subarray(o * block, (o + 1) * block),
        at,
      );
      at += block;
    }
  }
  return { dtype: first.dtype, shape, data: out };
}

/** One axis folded into its first value by `f`; the axis stays, with size 1. */
export function reducedAxis(
  values: Values,
  axis: number,
  first: number,
  f: (sum: number, value: number) => number,
): Values {
  const shape = values.shape.map((d, i) => (i === axis ? 1 : d));
  const inner = sizeOf(values.shape.slice(axis + 1));
  const rows = values.shape[axis]!;
  const data = numbers(values);
  return fromNumbers(values.dtype, shape, (i) => {
    let sum = first;
    const from = Math.floor(i / inner) * rows * inner + (i % inner);
    for (let row = 0; row < rows; row++) sum = f(sum, data[from + row * inner]!);
    return sum;
  });
}
