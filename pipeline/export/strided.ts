/** Copies of row-major arrays in another order of their axes. */
import { sizeOf, type TensorData } from "./ir.ts";

/** Steps in the array from one index of each axis to the next. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** Fills `out`, row-major of `shape`, with what is at the sum of index times stride for every index. */
export function copyStrided(
  data: TensorData,
  out: TensorData,
  shape: readonly number[],
  strides: readonly number[],
): void {
  const axes = mergedAxes(shape, strides);
  const { size: inner, stride: step } = axes.pop() ?? { size: 1, stride: 0 };
  const index = axes.map(() => 0);
  for (let at = 0, base = 0; at < out.length; ) {
    for (let i = 0, from = base; i < inner; i++, from += step) out[at++] = data[from]!;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      const { size, stride } = axes[axis]!;
      index[axis]!++;
      base += stride;
      if (index[axis]! < size) break;
      base -= stride * size;
      index[axis] = 0;
    }
  }
}

/** Without axes of size 1, and as one where two are walked in one go: a 1 x 1 kernel is a matrix. */
function mergedAxes(
  shape: readonly number[],
  strides: readonly number[],
): { size: number; stride: number }[] {
  const axes: { size: number; stride: number }[] = [];
  for (const [i, size] of shape.entries()) {
    const stride = strides[i]!;
    const before = axes.at(-1);
    if (size === 1) continue;
    if (before?.stride === stride * size)
      axes[axes.length - 1] = { size: before.size * size, stride };
    else axes.push({ size, stride });
  }
  return axes;
}

/** Row-major data of `shape` with its axes in the order `perm`. */
export function permute(
  data: Float32Array,
  shape: readonly number[],
  perm: readonly number[],
): Float32Array {
  const out = new Float32Array(data.length);
  const strides = stridesOf(shape);
  copyStrided(
    data,
    out,
    perm.map((p) => shape[p]!),
    perm.map((p) => strides[p]!),
  );
  return out;
}
