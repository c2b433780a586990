/** Shape rules: which dtype and shape the outputs of an operator have. The table in ops.ts says which rule is whose. */
import { type Dim, type DType, isConstant, type Tensor } from "./ir.ts";
import {
  type Attrs,
  axisOf,
  broadcast,
  constantInts,
  input,
  int,
  ints,
  reshaped,
  sliced,
  type ValueType,
  windowed,
} from "./shapes.ts";

/** `undefined` stands for an optional input that is left out. */
export type ShapeRule = (inputs: readonly (Tensor | undefined)[], attrs: Attrs) => ValueType[];

/** The dtype behind an element type number, as a Cast's `to` has it. */
export const DTYPE_OF: Record<number, DType> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
};

/** As the first input. */
export const same: ShapeRule = (inputs) => {
  const { dtype, shape } = input(inputs, 0);
  return [{ dtype, shape }];
};

export const elementwise: ShapeRule = (inputs) => [
  { dtype: input(inputs, 0).dtype, shape: broadcast(inputs.map((t) => (t as Tensor).shape)) },
];

export const comparison: ShapeRule = (inputs, attrs) =>
  elementwise(inputs, attrs).map(({ shape }) => ({ dtype: "bool", shape }));

/** The condition comes first; the dtype is that of the values. */
export const where: ShapeRule = (inputs, attrs) =>
  elementwise(inputs, attrs).map(({ shape }) => ({ dtype: input(inputs, 1).dtype, shape }));

export const reduce: ShapeRule = (inputs, attrs) => {
  const x = input(inputs, 0);
  const axes = (ints(attrs, "axes") ?? constantInts(inputs[1]) ?? []).map((a) =>
    axisOf(a, x.shape.length),
  );
  const keep = int(attrs, "keepdims", 1) === 1;
  const shape = x.shape.flatMap((d, i): Dim[] => (!axes.includes(i) ? [d] : keep ? [1] : []));
  return [{ dtype: x.dtype, shape }];
};

export const cast: ShapeRule = (inputs, attrs) => [
  { dtype: DTYPE_OF[int(attrs, "to", 1)] as DType, shape: input(inputs, 0).shape },
];

export const transpose: ShapeRule = (inputs, attrs) => {
  const { dtype, shape } = input(inputs, 0);
  return [{ dtype, shape: (ints(attrs, "perm") as number[]).map((p) => shape[p] ?? null) }];
};

export const reshape: ShapeRule = (inputs) => {
  const { dtype, shape } = input(inputs, 0);
  const sizes = constantInts(inputs[1]);
  if (sizes) return [{ dtype, shape: reshaped(shape, sizes) }];
  // sizes that are computed: the builder knows the result's shape and overrides this one
  return [{ dtype, shape: Array(Number(inputs[1]?.shape[0] ?? 0)).fill(null) }];
};

export const expand: ShapeRule = (inputs) => {
  const { dtype, shape } = input(inputs, 0);
  return [{ dtype, shape: broadcast([shape, constantInts(inputs[1]) ?? []]) }];
};

export const unsqueeze: ShapeRule = (inputs) => {
  const x = input(inputs, 0);
  const given = constantInts(inputs[1]) ?? [];
  const rank = x.shape.length + given.length;
  const axes = given.map((a) => axisOf(a, rank));
  const rest = [...x.shape];
  const shape = Array.from({ length: rank }, (_, i) =>
    axes.includes(i) ? 1 : (rest.shift() ?? null),
  );
  return [{ dtype: x.dtype, shape }];
};

export const squeeze: ShapeRule = (inputs) => {
  const x = input(inputs, 0);
  const axes = (constantInts(inputs[1]) ?? []).map((a) => axisOf(a, x.shape.length));
  return [{ dtype: x.dtype, shape: x.shape.filter((_, i) => !axes.includes(i)) }];
};

/** Sizes of the other axes must agree, so one that is a number says what a symbolic one is. */
export const concat: ShapeRule = (inputs, attrs) => {
  const first = input(inputs, 0);
  const axis = axisOf(int(attrs, "axis", 0), first.shape.length);
  const sizesAt = (i: number) => inputs.map((t) => (t as Tensor).shape[i] ?? null);
  const sizes = sizesAt(axis);
  const total = sizes.every((d) => typeof d === "number") ? sizes.reduce((a, b) => a + b, 0) : null;
  const shape = first.shape.map((d, i) =>
    i === axis ? total : (sizesAt(i).find((e) => typeof e === "number") ?? d),
  );
  return [{ dtype: first.dtype, shape }];
};

export const split: ShapeRule = (inputs, attrs) => {
  const { dtype, shape } = input(inputs, 0);
  const axis = axisOf(int(attrs, "axis", 0), shape.length);
  const parts = constantInts(inputs[1]) ?? [];
  return parts.map((n) => ({ dtype, shape: shape.map((d, i) => (i === axis ? n : d)) }));
};

export const slice: ShapeRule = (inputs) => {
  const x = input(inputs, 0);
  const [starts, ends, axes, steps] = [1, 2, 3, 4].map((i) => constantInts(inputs[i]));
  const shape = [...x.shape];
  for (const [k, a] of (axes ?? starts ?? []).entries()) {
    const axis = axes ? axisOf(a, x.shape.length) : k;
    shape[axis] = sliced(shape[axis] ?? null, starts?.[k], ends?.[k], steps?.[k] ?? 1);
  }
  return [{ dtype: x.dtype, shape }];
};

export const pad: ShapeRule = (inputs) => {
  const x = input(inputs, 0);
  const pads = constantInts(inputs[1]) ?? [];
  const shape = x.shape.map((d, i) => {
    const extra = (pads[i] ?? 0) + (pads[i + x.shape.length] ?? 0);
    return extra === 0 ? d : typeof d === "number" ? d + extra : null;
  });
  return [{ dtype: x.dtype, shape }];
};

export const gather: ShapeRule = (inputs, attrs) => {
  const { dtype, shape } = input(inputs, 0);
  const axis = axisOf(int(attrs, "axis", 0), shape.length);
  const indices = input(inputs, 1).shape;
  return [{ dtype, shape: [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)] }];
};

export const gatherElements: ShapeRule = (inputs) => [
  { dtype: input(inputs, 0).dtype, shape: input(inputs, 1).shape },
];

export const matMul: ShapeRule = (inputs) => {
  const { dtype, shape: a } = input(inputs, 0);
  const b = input(inputs, 1).shape;
  const batch = broadcast([a.slice(0, -2), b.slice(0, -2)]);
  return [{ dtype, shape: [...batch, a.at(-2) ?? null, b.at(-1) ?? null] }];
};

/** x [N, C, ...space] to [N, channels, ...positions]. */
function slide(x: Tensor, channels: Dim, kernel: readonly number[], attrs: Attrs): ValueType[] {
  const n = kernel.length;
  const strides = ints(attrs, "strides") ?? Array<number>(n).fill(1);
  const dilations = ints(attrs, "dilations") ?? Array<number>(n).fill(1);
  const pads = ints(attrs, "pads") ?? Array<number>(2 * n).fill(0);
  const space = kernel.map((size, i) =>
    windowed(x.shape[i + 2] ?? null, {
      size,
      stride: strides[i] ?? 1,
      dilation: dilations[i] ?? 1,
      pads: attrs.auto_pad === "SAME_UPPER" ? "same" : (pads[i] ?? 0) + (pads[i + n] ?? 0),
    }),
  );
  return [{ dtype: x.dtype, shape: [x.shape[0] ?? null, channels, ...space] }];
}

export const conv: ShapeRule = (inputs, attrs) => {
  const w = input(inputs, 1).shape as number[];
  return slide(input(inputs, 0), w[0] ?? null, w.slice(2), attrs);
};

export const pool: ShapeRule = (inputs, attrs) => {
  const x = input(inputs, 0);
  return slide(x, x.shape[1] ?? null, ints(attrs, "kernel_shape") ?? [], attrs);
};

export const convTranspose: ShapeRule = (inputs, attrs) => {
  const [x, w] = [input(inputs, 0), input(inputs, 1).shape as number[]];
  const n = w.length - 2;
  const strides = ints(attrs, "strides") ?? Array<number>(n).fill(1);
  const pads = ints(attrs, "pads") ?? Array<number>(2 * n).fill(0);
  const extra = ints(attrs, "output_padding") ?? Array<number>(n).fill(0);
  const space = strides.map((s, i) => {
    const d = x.shape[i + 2];
    if (typeof d !== "number") return null;
    return s * (d - 1) + (extra[i] ?? 0) + (w[i + 2] ?? 1) - (pads[i] ?? 0) - (pads[i + n] ?? 0);
  });
  return [{ dtype: x.dtype, shape: [x.shape[0] ?? null, w[1] ?? null, ...space] }];
};

export const resize: ShapeRule = (inputs) => {
  const x = input(inputs, 0);
  const scales = inputs[2] && isConstant(inputs[2]) ? inputs[2].data : undefined;
  const sizes = constantInts(inputs[3]);
  const shape = x.shape.map((d, i): Dim => {
    if (sizes) return sizes[i] ?? null;
    const scale = Number(scales?.[i] ?? 1);
    return scale === 1 ? d : typeof d === "number" ? Math.floor(d * scale) : null;
  });
  return [{ dtype: x.dtype, shape }];
};

export const shape: ShapeRule = (inputs, attrs) => {
  const rank = input(inputs, 0).shape.length;
  return [{ dtype: "int64", shape: [int(attrs, "end", rank) - int(attrs, "start", 0)] }];
};

export const topK: ShapeRule = (inputs, attrs) => {
  const x = input(inputs, 0);
  const k = constantInts(inputs[1])?.[0];
  const axis = axisOf(int(attrs, "axis", -1), x.shape.length);
  const shape = x.shape.map((d, i) => (i === axis && k !== undefined ? k : d));
  return [
    { dtype: x.dtype, shape },
    { dtype: "int64", shape },
  ];
};

/** X [T,B,I] -> Y [T,D,B,H] and, for each of `states`, [D,B,H]. */
const recurrent =
  (states: number): ShapeRule =>
  (inputs, attrs) => {
    const { dtype, shape } = input(inputs, 0);
    const directions = attrs.direction === "bidirectional" ? 2 : 1;
    const state = { dtype, shape: [directions, shape[1] ?? null, int(attrs, "hidden_size", 0)] };
    const y = { dtype, shape: [shape[0] ?? null, ...state.shape] };
    return [y, ...Array<ValueType>(states).fill(state)];
  };

export const oneState = recurrent(1);
export const twoStates = recurrent(2);

export const dequantize: ShapeRule = (inputs) => [
  { dtype: "float32", shape: input(inputs, 0).shape },
];

/** The builder types a Scan's outputs itself: they are those of its body. */
export const fromBody: ShapeRule = () => {
  throw new Error("internal: the outputs of a Scan have the types of its body's outputs");
};

/** One bool per value. */
export const predicate: ShapeRule = (inputs) => [{ dtype: "bool", shape: input(inputs, 0).shape }];

/** The axis goes, or stays with size 1. */
export const arg: ShapeRule = (inputs, attrs) => {
  const { shape } = input(inputs, 0);
  const axis = axisOf(int(attrs, "axis", 0), shape.length);
  const kept = int(attrs, "keepdims", 1) === 1 ? [1] : [];
  return [{ dtype: "int64", shape: [...shape.slice(0, axis), ...kept, ...shape.slice(axis + 1)] }];
};

const scaledSize = (d: Dim | undefined, factor: number): Dim =>
  typeof d === "number" ? d * factor : null;

/** [N, C, H, W] to [N, C / b^2, H * b, W * b]. */
export const depthToSpace: ShapeRule = (inputs, attrs) => {
  const { dtype, shape } = input(inputs, 0);
  const [n, c, h, w] = shape;
  const block = int(attrs, "blocksize", 1);
  const sizes = [scaledSize(c, 1 / block ** 2), scaledSize(h, block), scaledSize(w, block)];
  return [{ dtype, shape: [n ?? null, ...sizes] }];
};

/** [N, C, H, W] to [N, C * b^2, H / b, W / b]. */
export const spaceToDepth: ShapeRule = (inputs, attrs) => {
  const { dtype, shape } = input(inputs, 0);
  const [n, c, h, w] = shape;
  const block = int(attrs, "blocksize", 1);
  const sizes = [scaledSize(c, block ** 2), scaledSize(h, 1 / block), scaledSize(w, 1 / block)];
  return [{ dtype, shape: [n ?? null, ...sizes] }];
};

/** Sizes by the letters of an equation such as "bij,bjk->bik". */
export const einsum: ShapeRule = (inputs, attrs) => {
  const [left = "", right = ""] = String(attrs.equation).replaceAll(" ", "").split("->");
  const sizes = new Map<string, Dim>();
  for (const [i, letters] of left.split(",").entries())
    for (const [axis, letter] of [...letters].entries())
      sizes.set(letter, input(inputs, i).shape[axis] ?? null);
  const shape = [...right].map((letter) => sizes.get(letter) ?? null);
  return [{ dtype: input(inputs, 0).dtype, shape }];
};

export const gatherNd: ShapeRule = (inputs, attrs) => {
  const { dtype, shape } = input(inputs, 0);
  const indices = input(inputs, 1).shape;
  const batch = int(attrs, "batch_dims", 0);
  const depth = indices.at(-1);
  const rest = typeof depth === "number" ? shape.slice(batch + depth) : [];
  return [{ dtype, shape: [...indices.slice(0, -1), ...rest] }];
};

/** Rows of batch, class and box number; how many, the data says. */
export const nonMaxSuppression: ShapeRule = () => [{ dtype: "int64", shape: [null, 3] }];

export const nonZero: ShapeRule = (inputs) => [
  { dtype: "int64", shape: [input(inputs, 0).shape.length, null] },
];

export const range: ShapeRule = (inputs) => [{ dtype: input(inputs, 0).dtype, shape: [null] }];

export const tile: ShapeRule = (inputs) => {
  const { dtype, shape } = input(inputs, 0);
  const repeats = constantInts(inputs[1]);
  const times = (d: Dim, n: number | undefined): Dim =>
    n === 1 ? d : n === undefined ? null : scaledSize(d, n);
  return [{ dtype, shape: shape.map((d, i) => times(d, repeats?.[i])) }];
};
