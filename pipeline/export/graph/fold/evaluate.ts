/** Computes ONNX operators on constants at conversion, so that what does not depend on an input needs no node. */
import { type Constant, type DType, isConstant, sizeOf, type Tensor } from "../../ir.ts";
import { DTYPE_OF } from "../../shapeRules.ts";
import { type Attrs, axisOf, broadcast, constantInts, int, ints } from "../../shapes.ts";
import { stridesOf } from "../../strided.ts";
import {
  expanded,
  fromNumbers,
  gathered,
  joined,
  numbers,
  reducedAxis,
  strided,
  type Values,
} from "./arrays.ts";

type Inputs = readonly (Constant | undefined)[];
/** The outputs of an operator; undefined where it is left to the runtime. */
type Evaluation = (inputs: Inputs, attrs: Attrs) => Values[] | undefined;

/** Results may be as large as what they are made of, or this: a file should not store what a node makes of a few bytes. */
const SMALL = 4096;

/** The outputs of the operator on these constants; undefined where it has no rule or they would be large. */
export function evaluate(
  op: string,
  inputs: readonly (Tensor | undefined)[],
  attrs: Attrs,
): Values[] | undefined {
  const rule = EVALUATIONS[op];
  if (!rule || !inputs.every((t): t is Constant | undefined => t === undefined || isConstant(t)))
    return undefined;
  const outputs = rule(inputs, attrs);
  const largest = Math.max(SMALL, ...inputs.map((t) => t?.data.length ?? 0));
  const size = outputs?.reduce((sum, { data }) => sum + data.length, 0) ?? 0;
  return size > largest ? undefined : outputs;
}

const unary =
  (f: (x: number) => number, dtype?: DType): Evaluation =>
  ([x]) => {
    const values = numbers(x!);
    return [fromNumbers(dtype ?? x!.dtype, x!.shape, (i) => f(values[i]!))];
  };

/** With numpy broadcasting; `dtype` is that of the first input unless given. */
const elementwise =
  (f: (x: number, y: number, whole: boolean) => number, dtype?: DType): Evaluation =>
  (inputs) => {
    const shape = broadcast(inputs.map((t) => t!.shape)) as number[];
    if (sizeOf(shape) > Math.max(SMALL, ...inputs.map((t) => t!.data.length))) return undefined;
    const of = dtype ?? inputs[0]!.dtype;
    const whole = inputs[0]!.dtype !== "float32";
    const [first, ...rest] = inputs.map((t) => numbers(expanded(t!, shape)));
    return [
      fromNumbers(of, shape, (i) =>
        rest.reduce((sum, other) => f(sum, other[i]!, whole), first![i]!),
      ),
    ];
  };

const reduction =
  (start: number, f: (sum: number, value: number) => number, mean = false): Evaluation =>
  ([x, axesInput], attrs) => {
    const given = ints(attrs, "axes") ?? constantInts(axesInput);
    const axes = (given ?? x!.shape.map((_, i) => i)).map((a) => axisOf(a, x!.shape.length));
    let values: Values = x!;
    for (const axis of axes) values = reducedAxis(values, axis, start, f);
    const count = axes.reduce((n, axis) => n * x!.shape[axis]!, 1);
    if (mean) {
      const sums = numbers(values);
      values = fromNumbers(values.dtype, values.shape, (i) => sums[i]! / count);
    }
    if (int(attrs, "keepdims", 1) === 1) return [values];
    return [{ ...values, shape: values.shape.filter((_, i) => !axes.includes(i)) }];
  };

const bit = (value: boolean) => (value ? 1 : 0);

/** Slice with negative positions as numpy has them. */
const slice: Evaluation = ([x, starts, ends, axes, steps]) => {
  const from = constantInts(starts)!;
  const to = constantInts(ends)!;
  const over = constantInts(axes) ?? from.map((_, i) => i);
  const step = constantInts(steps) ?? from.map(() => 1);
  let values: Values = x!;
  for (const [k, a] of over.entries()) {
    const axis = axisOf(a, values.shape.length);
    const size = values.shape[axis]!;
    const clamp = (v: number, low: number, high: number) =>
      Math.min(Math.max(v < 0 ? v + size : v, low), high);
    const forward = step[k]! > 0;
    const low = forward ? 0 : -1;
    const high = forward ? size : size - 1;
    const first = clamp(from[k]!, 0, high);
    const end = to[k]! < -size ? low : clamp(to[k]!, low, high);
    const count = Math.max(0, Math.ceil((end - first) / step[k]!));
    const indices = Array.from({ length: count }, (_, i) => first + i * step[k]!);
    values = gathered(values, axis, indices);
  }
  return [values];
};

const gather: Evaluation = ([x, indices], attrs) => {
  const axis = axisOf(int(attrs, "axis", 0), x!.shape.length);
  const size = x!.shape[axis]!;
  const rows = Array.from(numbers(indices!), (i) => (i < 0 ? i + size : i));
  if (rows.some((i) => !(i >= 0 && i < size))) return undefined;
  const shape = [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)];
  return [{ ...gathered(x!, axis, rows), shape }];
};

const reshape: Evaluation = ([x, sizes]) => {
  const wanted = constantInts(sizes)!.map((s, i) => (s === 0 ? (x!.shape[i] ?? 0) : s));
  const known = wanted.reduce((product, s) => (s === -1 ? product : product * s), 1);
  const shape = wanted.map((s) => (s === -1 ? x!.data.length / known : s));
  return [{ dtype: x!.dtype, shape, data: x!.data }];
};

const squeeze: Evaluation = ([x, axesInput]) => {
  const axes = constantInts(axesInput)!.map((a) => axisOf(a, x!.shape.length));
  return [{ ...x!, shape: x!.shape.filter((_, i) => !axes.includes(i)) }];
};

const unsqueeze: Evaluation = ([x, axesInput]) => {
  const given = constantInts(axesInput)!;
  const rank = x!.shape.length + given.length;
  const axes = given.map((a) => axisOf(a, rank));
  const rest = [...x!.shape];
  const shape = Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : rest.shift()!));
  return [{ dtype: x!.dtype, shape, data: x!.data }];
};

const transpose: Evaluation = ([x], attrs) => {
  const perm = ints(attrs, "perm")!;
  const strides = stridesOf(x!.shape);
  return [
    strided(
      x!,
      perm.map((p) => x!.shape[p]!),
      perm.map((p) => strides[p]!),
    ),
  ];
};

const split: Evaluation = ([x, parts], attrs) => {
  const axis = axisOf(int(attrs, "axis", 0), x!.shape.length);
  let from = 0;
  return constantInts(parts)?.map((size) => {
    const indices = Array.from({ length: size }, (_, i) => from + i);
    from += size;
    return gathered(x!, axis, indices);
  });
};

const tile: Evaluation = ([x, repeats]) => {
  let values: Values = x!;
  for (const [axis, times] of constantInts(repeats)!.entries()) {
    const size = values.shape[axis]!;
    if (values.data.length * times > Math.max(SMALL, x!.data.length)) return undefined;
    if (times !== 1)
      values = gathered(
        values,
        axis,
        Array.from({ length: size * times }, (_, i) => i % size),
      );
  }
  return [values];
};

const expand: Evaluation = ([x, sizes]) => {
  const shape = broadcast([x!.shape, constantInts(sizes)!]) as number[];
  return sizeOf(shape) > Math.max(SMALL, x!.data.length) ? undefined : [expanded(x!, shape)];
};

const range: Evaluation = ([start, limit, delta]) => {
  const [from, to, step] = [start!, limit!, delta!].map((t) => Number(t.data[0]));
  const count = Math.max(0, Math.ceil((to! - from!) / step!));
  if (count > SMALL) return undefined;
  return [fromNumbers(start!.dtype, [count], (i) => from! + i * step!)];
};

const where: Evaluation = ([condition, yes, no]) => {
  const shape = broadcast([condition!.shape, yes!.shape, no!.shape]) as number[];
  if (sizeOf(shape) > Math.max(SMALL, yes!.data.length, no!.data.length)) return undefined;
  const [c, y, n] = [condition!, yes!, no!].map((t) => numbers(expanded(t, shape)));
  return [fromNumbers(yes!.dtype, shape, (i) => (c![i] ? y![i]! : n![i]!))];
};

/** Writes slices of a copy, or adds to them. */
const scatter: Evaluation = ([x, indices, updates], attrs) => {
  const adds = attrs.reduction === "add";
  const depth = indices!.shape.at(-1)!;
  const inner = sizeOf(x!.shape.slice(depth));
  const strides = stridesOf(x!.shape);
  const at = numbers(indices!);
  const out = { ...x!, data: x!.data.slice() as Float32Array };
  for (let row = 0; row < updates!.data.length / inner; row++) {
    let to = 0;
    for (let k = 0; k < depth; k++) to += at[row * depth + k]! * strides[k]!;
    for (let i = 0; i < inner; i++) {
      const value = updates!.data[row * inner + i] as number;
      out.data[to + i] = adds ? (out.data[to + i] as number) + value : value;
    }
  }
  return [out];
};

/** Positions of what is not zero, [rank, count]. */
const nonZero: Evaluation = ([x]) => {
  const strides = stridesOf(x!.shape);
  const found = Array.from(numbers(x!)).flatMap((value, i) => (value ? [i] : []));
  const index = (axis: number, k: number) =>
    Math.floor(found[k]! / strides[axis]!) % x!.shape[axis]!;
  return [
    fromNumbers("int64", [x!.shape.length, found.length], (i) =>
      index(Math.floor(i / found.length), i % found.length),
    ),
  ];
};

const cast: Evaluation = ([x], attrs) => {
  const dtype = DTYPE_OF[int(attrs, "to", 1)]!;
  if (dtype === "float16") return undefined;
  const values = numbers(x!);
  const convert =
    dtype === "float32"
      ? (v: number) => v
      : dtype === "bool"
        ? (v: number) => bit(v !== 0)
        : Math.trunc;
  return [fromNumbers(dtype, x!.shape, (i) => convert(values[i]!))];
};

const EVALUATIONS: Readonly<Record<string, Evaluation>> = {
  Abs: unary(Math.abs),
  Ceil: unary(Math.ceil),
  Cos: unary(Math.cos),
  Exp: unary(Math.exp),
  Floor: unary(Math.floor),
  Identity: ([x]) => [x!],
  Log: unary(Math.log),
  Neg: unary((x) => -x),
  Not: unary((x) => bit(!x), "bool"),
  Reciprocal: unary((x) => 1 / x),
  Relu: unary((x) => Math.max(x, 0)),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Sign: unary(Math.sign),
  Sin: unary(Math.sin),
  Sqrt: unary(Math.sqrt),
  Tanh: unary(Math.tanh),
  Cast: cast,

  Add: elementwise((x, y) => x + y),
  Sub: elementwise((x, y) => x - y),
  Mul: elementwise((x, y) => x * y),
  Div: elementwise((x, y, whole) => (whole ? Math.trunc(x / y) : x / y)),
  Max: elementwise((x, y) => Math.max(x, y)),
  Min: elementwise((x, y) => Math.min(x, y)),
  Pow: elementwise((x, y) => x ** y),
  Mod: elementwise((x, y, whole) => (whole ? x - y * Math.floor(x / y) : x % y)),
  And: elementwise((x, y) => bit(x !== 0 && y !== 0), "bool"),
  Or: elementwise((x, y) => bit(x !== 0 || y !== 0), "bool"),
  Equal: elementwise((x, y) => bit(x === y), "bool"),
  Greater: elementwise((x, y) => bit(x > y), "bool"),
  GreaterOrEqual: elementwise((x, y) => bit(x >= y), "bool"),
  Less: elementwise((x, y) => bit(x < y), "bool"),
  LessOrEqual: elementwise((x, y) => bit(x <= y), "bool"),
  Where: where,

  ReduceMax: reduction(Number.NEGATIVE_INFINITY, Math.max),
  ReduceMean: reduction(0, (sum, x) => sum + x, true),
  ReduceMin: reduction(Number.POSITIVE_INFINITY, Math.min),
  ReduceProd: reduction(1, (product, x) => product * x),
  ReduceSum: reduction(0, (sum, x) => sum + x),

  Concat: (inputs, attrs) => [
    joined(inputs as readonly Values[], axisOf(int(attrs, "axis", 0), inputs[0]!.shape.length)),
  ],
  Expand: expand,
  Gather: gather,
  NonZero: nonZero,
  Range: range,
  Reshape: reshape,
  ScatterND: scatter,
  Shape: ([x], attrs) => {
    const rank = x!.shape.length;
    const sizes = x!.shape.slice(int(attrs, "start", 0), int(attrs, "end", rank));
    return [fromNumbers("int64", [sizes.length], (i) => sizes[i]!)];
  },
  Slice: slice,
  Split: split,
  Squeeze: squeeze,
  Tile: tile,
  Transpose: transpose,
  Unsqueeze: unsqueeze,
};
