/** Arithmetic on shapes whose sizes may be symbolic: broadcasting, windows, slices, reshapes. */
import { type Attr, type Dim, isConstant, type Shape, sameDim, type Tensor } from "./ir.ts";
import { bothBatches } from "./ownBatch.ts";

/** What is known of a value without its data. */
export type ValueType = Pick<Tensor, "dtype" | "shape">;
/** Attributes of a node. */
export type Attrs = Readonly<Record<string, Attr>>;

export const int = (attrs: Attrs, name: string, fallback: number) =>
  (attrs[name] as number | undefined) ?? fallback;
export const ints = (attrs: Attrs, name: string) => attrs[name] as readonly number[] | undefined;

export function input(inputs: readonly (Tensor | undefined)[], i: number): Tensor {
  const tensor = inputs[i];
  if (!tensor) throw new Error(`internal: input ${i} is missing`);
  return tensor;
}

/** The values of a constant int64 input (axes, sizes, repeats). */
export function constantInts(tensor: Tensor | undefined): number[] | undefined {
  return tensor && isConstant(tensor) && tensor.data instanceof BigInt64Array
    ? Array.from(tensor.data, Number)
    : undefined;
}

/** A negative axis counts from the end. */
export const axisOf = (axis: number, rank: number) => (axis < 0 ? axis + rank : axis);

/** Numpy broadcasting; where sizes are symbolic, the one that is not 1 wins. */
export function broadcast(shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    const dims = shapes
      .map((s) => s[i - rank + s.length])
      .filter((d) => d !== undefined && d !== 1);
    const known = dims.find((d) => typeof d === "number");
    if (dims.length === 0) return 1;
    if (known !== undefined) return known;
    const first = dims[0] ?? null;
    return dims.every((d) => sameDim(d ?? null, first) || bothBatches(d ?? null, first))
      ? first
      : null;
  });
}

interface AxisWindow {
  size: number;
  stride: number;
  dilation: number;
  /** What both ends are padded by together; "same" pads to ceil(input size / stride) positions. */
  pads: number | "same";
}

/** Output size of a window that slides over one axis; null where the input size is not known. */
export function windowed(d: Dim, { size, stride, dilation, pads }: AxisWindow): Dim {
  if (pads === "same")
    return typeof d === "number" ? Math.ceil(d / stride) : stride === 1 ? d : null;
  const span = (size - 1) * dilation + 1;
  if (typeof d === "number") return Math.floor((d + pads - span) / stride) + 1;
  return stride === 1 && pads === span - 1 ? d : null;
}

/** What a -1 of a Reshape stands for: the sizes that are `left`, by the product of those that are given. */
export function remainder(left: Shape, given: number): Dim {
  const names = left.filter((d) => typeof d !== "number");
  const total = left.reduce<number>((a, d) => (typeof d === "number" ? a * d : a), 1);
  const rest = total / given;
  if (names.length === 0) return rest;
  return names.length === 1 && rest === 1 ? (names[0] ?? null) : null;
}

/** ONNX Reshape: 0 copies a size, -1 takes what is left. */
export function reshaped(from: Shape, sizes: readonly number[]): Shape {
  const copied = sizes.map((s, i): Dim => (s === 0 ? (from[i] ?? null) : s));
  const hole = sizes.indexOf(-1);
  if (hole < 0) return copied;
  const left = [...from];
  let known = 1;
  for (const [i, d] of copied.entries()) {
    if (i === hole) continue;
    const at = left.indexOf(d);
    if (typeof d !== "number" && d !== null && at >= 0) left.splice(at, 1);
    else if (sizes[i] === 0) left.splice(i, 1, 1);
    else if (typeof d === "number") known *= d;
  }
  copied[hole] = remainder(left, known);
  return copied;
}

/** Size of one sliced axis, by the rules of numpy; null where it depends on an unknown size. */
export function sliced(d: Dim, start = 0, end = 0, step = 1): Dim {
  const whole = step < 0 ? start === -1 && end < -1e9 : start === 0 && end > 1e9;
  if (whole && Math.abs(step) === 1) return d;
  if (typeof d !== "number") {
    if (start < 0 && end > 1e9 && step > 0) return Math.ceil(-start / step);
    if (start < 0 || end < 0 || end > 1e9) return null;
    return Math.max(0, Math.ceil((end - start) / step));
  }
  const clamp = (v: number, lo: number, hi: number) =>
    Math.min(Math.max(v < 0 ? v + d : v, lo), hi);
  if (step < 0)
    return Math.max(
      0,
      Math.ceil((clamp(start, 0, d - 1) - (end < -d ? -1 : clamp(end, -1, d))) / -step),
    );
  return Math.max(0, Math.ceil((clamp(end, 0, d) - clamp(start, 0, d)) / step));
}
