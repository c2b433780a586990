/**
 * What is known of the values of small integer tensors: sizes, some of them symbolic. `Shape` of an image [batch, 224,
 * 224, 3] is not a constant, but its last three values are, and the reshapes made of them need no nodes.
 */
import type { Dim, Shape, Tensor } from "../../ir.ts";
import { type Attrs, axisOf, constantInts, int } from "../../shapes.ts";
import { numbers, type Values } from "./arrays.ts";

/** Values of a scalar or vector, front to back; null where nothing is known. */
export type Sizes = readonly Dim[];

type Rule = (inputs: readonly (Sizes | undefined)[], call: Call) => Sizes | undefined;

interface Call {
  readonly tensors: readonly (Tensor | undefined)[];
  readonly attrs: Attrs;
}

/** The sizes that an operator makes of others; undefined where nothing is known. */
export function sizesAfter(op: string, inputs: readonly (Sizes | undefined)[], call: Call) {
  return SIZES[op]?.(inputs, call);
}

/** Longer vectors are not sizes. */
const LONGEST = 64;

/** The values of an integer constant of rank 0 or 1. */
export function sizesOfConstant(values: Values): Sizes | undefined {
  const isSizes =
    (values.dtype === "int32" || values.dtype === "int64") &&
    values.shape.length <= 1 &&
    values.data.length <= LONGEST;
  return isSizes ? Array.from(numbers(values)) : undefined;
}

const first: Rule = ([x]) => x;

/** Elementwise, with one value beside several; `symbolic` says what is known where a name is involved. */
const binary =
  (f: (x: number, y: number) => number, symbolic: (x: Dim, y: Dim) => Dim): Rule =>
  ([a, b]) => {
    if (!a || !b || (a.length !== b.length && a.length !== 1 && b.length !== 1)) return undefined;
    return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => {
      const [x, y] = [a[a.length === 1 ? 0 : i] ?? null, b[b.length === 1 ? 0 : i] ?? null];
      return typeof x === "number" && typeof y === "number" ? f(x, y) : symbolic(x, y);
    });
  };

const same = (x: Dim, y: Dim): Dim => (x === y ? x : null);

/** A size made of another has a name that says how, such as "height*2", so that equal ones are recognised. */
function derived(x: Dim, sign: "*" | "+", y: Dim): Dim {
  const [name, number] = typeof x === "string" ? [x, y] : [y, x];
  if (typeof name !== "string" || typeof number !== "number") return null;
  return sign === "*" && name.includes("+") ? null : `${name}${sign}${number}`;
}

const SIZES: Readonly<Record<string, Rule>> = {
  Shape: (_, { tensors, attrs }) => {
    const shape: Shape = tensors[0]?.shape ?? [];
    return shape.slice(int(attrs, "start", 0), int(attrs, "end", shape.length));
  },
  Cast: first,
  Identity: first,
  Squeeze: first,
  Unsqueeze: ([x], { tensors }) => (tensors[0]?.shape.length === 0 ? x : undefined),
  Reshape: first,
  Expand: ([x, sizes], { tensors }) => {
    const count = sizes?.length === 1 ? sizes[0] : undefined;
    if (!x || (tensors[0]?.shape.length ?? 2) > 1 || typeof count !== "number") return undefined;
    return x.length === 1 && count <= LONGEST ? Array<Dim>(count).fill(x[0]!) : undefined;
  },
  Concat: (inputs) =>
    inputs.every((x) => x !== undefined) ? inputs.flatMap((x) => [...x!]) : undefined,
  Gather: ([x, indices]) =>
    x && indices?.map((i) => (typeof i === "number" ? (x[axisOf(i, x.length)] ?? null) : null)),
  Slice: ([x], { tensors }) => {
    const [starts, ends, , steps] = tensors.slice(1).map(constantInts);
    if (!x || !starts || !ends || (steps ?? [1])[0] !== 1) return undefined;
    return x.slice(starts[0], ends[0]);
  },
  ReduceProd: ([x]) => {
    if (!x) return undefined;
    const symbols = x.filter((d) => typeof d !== "number");
    const product = x.reduce<number>((p, d) => (typeof d === "number" ? p * d : p), 1);
    if (symbols.length === 0) return [product];
    return [symbols.length === 1 && product === 1 ? symbols[0]! : null];
  },
  Mul: binary(
    (x, y) => x * y,
    (x, y) => (x === 1 ? y : y === 1 ? x : x === 0 || y === 0 ? 0 : derived(x, "*", y)),
  ),
  Div: binary(
    (x, y) => Math.trunc(x / y),
    (x, y) => (y === 1 ? x : null),
  ),
  Add: binary(
    (x, y) => x + y,
    (x, y) => (x === 0 ? y : y === 0 ? x : derived(x, "+", y)),
  ),
  Sub: binary(
    (x, y) => x - y,
    (x, y) => (y === 0 ? x : x !== null && x === y ? 0 : null),
  ),
  Max: binary(Math.max, same),
  Min: binary(Math.min, same),
};
