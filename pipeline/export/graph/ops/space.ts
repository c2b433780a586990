/** Operators that move blocks of the space to the batch and back: convolutions with dilations are written so. */
import { refuse } from "../../errors.ts";
import type { Dim, Tensor } from "../../ir.ts";
import { constantValues, int64, type OpCall, type OpFunction } from "../call.ts";
import type { FoldingBuilder } from "../fold/builder.ts";

/** Sizes of a run of axes: a number where known, else an int64 [1]. */
type Size = number | Tensor;

/** The size of an axis, as a number where it is known. */
function sizeAt(b: FoldingBuilder, x: Tensor, axis: number): Size {
  const known = x.shape[axis];
  return typeof known === "number" ? known : b.size(x, axis);
}

function computed(b: FoldingBuilder, op: "Mul" | "Div", size: Size, by: number): Size {
  if (typeof size !== "number") return b.op(op, [size, b.ints([by])]);
  return op === "Mul" ? size * by : size / by;
}

const dimOf = (size: Size): Dim => (typeof size === "number" ? size : null);

/** Column `side` of an input [n, 2], as an int64 [n]. */
function column(call: OpCall, i: number, side: number): Tensor {
  const { b } = call;
  return b.squeeze(b.slice(int64(b, call.input(i)), 1, side, side + 1), [1]);
}

/** The sizes behind the blocks, and the batch, which comes out as what remains. */
function restOf(b: FoldingBuilder, x: Tensor, from: number): Size[] {
  return x.shape.slice(from).map((_, i) => sizeAt(b, x, from + i));
}

/** [N * blocks, ...space, ...rest] to [N, ...space * block, ...rest], cropped. */
const BatchToSpaceND: OpFunction = (call) => {
  const { b } = call;
  const x = call.input(0);
  const block = call.ints(1, "block shape");
  const n = block.length;
  const space = block.map((_, i) => sizeAt(b, x, i + 1));
  const rest = restOf(b, x, n + 1);
  const apart = b.reshapeTo(
    x,
    [...block, -1, ...space, ...rest],
    [...block, null, ...space.map(dimOf), ...rest.map(dimOf)],
  );
  const order = [
    n,
    ...block.flatMap((_, i) => [n + 1 + i, i]),
    ...rest.map((_, i) => 2 * n + 1 + i),
  ];
  const wide = space.map((size, i) => computed(b, "Mul", size, block[i]!));
  const batch = sameBatch(x, block, (d, count) => d / count);
  const y = b.reshapeTo(
    b.transpose(apart, order),
    [-1, ...wide, ...rest],
    [batch, ...wide.map(dimOf), ...rest.map(dimOf)],
  );
  const crops = constantValues(call.input(2));
  if (crops?.every((d) => d === 0)) return y;
  const sizes = b.op("Shape", [y], { start: 1, end: n + 1 });
  const ends = b.op("Sub", [sizes, column(call, 2, 1)]);
  const axes = b.ints(block.map((_, i) => i + 1));
  const shape = y.shape.map((d, axis): Dim => {
    if (axis < 1 || axis > n) return d;
    const cut = crops && crops[2 * axis - 2]! + crops[2 * axis - 1]!;
    return cut === 0 ? d : typeof d === "number" && cut !== undefined ? d - cut : null;
  });
  return b.op("Slice", [y, column(call, 2, 0), ends, axes], {}, { shape });
};

/** The number of images after the blocks have come or gone. */
function sameBatch(
  x: Tensor,
  block: readonly number[],
  f: (batch: number, count: number) => number,
): Dim {
  const [batch = null] = x.shape;
  const count = block.reduce((a, d) => a * d, 1);
  return typeof batch === "number" ? f(batch, count) : null;
}

/** The inverse, after padding. */
const SpaceToBatchND: OpFunction = (call) => {
  const { b } = call;
  const block = call.ints(1, "block shape");
  const n = block.length;
  const x = padded(call, n);
  const rest = restOf(b, x, n + 1);
  const inner = block.map((by, i) => computed(b, "Div", sizeAt(b, x, i + 1), by));
  const apart = b.reshapeTo(
    x,
    [-1, ...inner.flatMap((size, i): Size[] => [size, block[i]!]), ...rest],
    [
      x.shape[0] ?? null,
      ...inner.flatMap((size, i) => [dimOf(size), block[i]!]),
      ...rest.map(dimOf),
    ],
  );
  const order = [
    ...block.map((_, i) => 2 * i + 2),
    0,
    ...block.map((_, i) => 2 * i + 1),
    ...rest.map((_, i) => 2 * n + 1 + i),
  ];
  const batch = sameBatch(x, block, (d, count) => d * count);
  return b.reshapeTo(
    b.transpose(apart, order),
    [-1, ...inner, ...rest],
    [batch, ...inner.map(dimOf), ...rest.map(dimOf)],
  );
};

/** The first input with the space padded by the third. */
function padded(call: OpCall, n: number): Tensor {
  const { b } = call;
  const x = call.input(0);
  if (x.shape.length <= n) refuse(`pads ${n} axes of an input of rank ${x.shape.length}`);
  const none = b.ints([0]);
  const tail = b.ints(Array<number>(x.shape.length - n - 1).fill(0));
  const parts = [none, column(call, 2, 0), tail, none, column(call, 2, 1), tail];
  const pads = b.op("Concat", parts, { axis: 0 });
  const known = b.sizesOf(pads);
  if (known?.every((d) => d === 0)) return x;
  const rank = x.shape.length;
  const shape = x.shape.map((d, i): Dim => {
    const [before, after] = [known?.[i], known?.[i + rank]];
    const isPadded = i > 0 && i <= n;
    if (!isPadded || (before === 0 && after === 0)) return d;
    const all = [d, before, after];
    return all.every((s) => typeof s === "number") ? all.reduce((sum, s) => sum + s, 0) : null;
  });
  return b.op("Pad", [x, pads], { mode: "constant" }, { shape });
}

export const SPACE: Readonly<Record<string, OpFunction>> = { BatchToSpaceND, SpaceToBatchND };
