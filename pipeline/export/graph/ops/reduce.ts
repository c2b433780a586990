/** Operators that reduce axes, and those that order values along one. */
import type { Tensor } from "../../ir.ts";
import {
  axisFor,
  float32,
  int32,
  int64,
  knownSize,
  type OpCall,
  type OpFunction,
} from "../call.ts";
import type { FoldingBuilder } from "../fold/builder.ts";

/** The axes of the second input, counted from the front. */
function axesOf(call: OpCall, x: Tensor): number[] {
  const rank = x.shape.length;
  return call.ints(1, "axes").map((axis) => axisFor(axis, rank));
}

/** ReduceSum has its axes as an input, the others as an attribute (opset 17). */
export function reduce(
  b: FoldingBuilder,
  onnx: string,
  x: Tensor,
  axes: readonly number[],
  keep: boolean,
): Tensor {
  if (axes.length === 0) return x;
  const keepdims = keep ? 1 : 0;
  return onnx === "ReduceSum"
    ? b.op(onnx, [x, b.ints(axes)], { keepdims })
    : b.op(onnx, [x], { axes, keepdims });
}

const reduction =
  (onnx: string, kind: "any" | "float" = "any"): OpFunction =>
  (call) => {
    const { b } = call;
    const given = call.input(0);
    const x =
      kind === "float" ? float32(b, given) : given.dtype === "bool" ? int32(b, given) : given;
    return reduce(b, onnx, x, axesOf(call, x), call.attrs.flag("keep_dims", false));
  };

/** All and Any: the smallest or largest of 0 and 1. */
const logical =
  (onnx: string): OpFunction =>
  (call) => {
    const { b } = call;
    const x = int32(b, b.cast(call.input(0), "bool"));
    const y = reduce(b, onnx, x, axesOf(call, x), call.attrs.flag("keep_dims", false));
    return b.cast(y, "bool");
  };

const EuclideanNorm: OpFunction = (call) => {
  const { b } = call;
  const x = float32(b, call.input(0));
  const keep = call.attrs.flag("keep_dims", false);
  return b.op("Sqrt", [reduce(b, "ReduceSum", b.op("Mul", [x, x]), axesOf(call, x), keep)]);
};

const arg =
  (onnx: "ArgMax" | "ArgMin"): OpFunction =>
  (call) => {
    const { b } = call;
    const x = call.input(0).dtype === "bool" ? int32(b, call.input(0)) : call.input(0);
    const [axis = 0] = call.inputs.length > 1 ? call.ints(1, "axis") : [0];
    const index = b.op(onnx, [x], { axis: axisFor(axis, x.shape.length), keepdims: 0 });
    return int32(b, index);
  };

/** Values and indices of the k largest along the last axis; equal values keep their order. */
const TopKV2: OpFunction = (call) => {
  const { b } = call;
  const x = call.input(0);
  const known = call.sizes(1)?.[0];
  const k = b.reshape(int64(b, call.input(1)), [1]);
  const [values, indices] = b.ops("TopK", [x, k], { axis: -1, largest: 1, sorted: 1 });
  const shape = [...x.shape.slice(0, -1), known ?? null];
  if (typeof known === "number") return [values!, int32(b, indices!)];
  return [{ ...values!, shape }, int32(b, { ...indices!, shape })];
};

const Cumsum: OpFunction = (call) => {
  const { b, attrs } = call;
  const x = call.input(0);
  const [axis = 0] = call.ints(1, "axis");
  return b.op("CumSum", [x, b.ints([axisFor(axis, x.shape.length)], [])], {
    exclusive: attrs.flag("exclusive", false) ? 1 : 0,
    reverse: attrs.flag("reverse", false) ? 1 : 0,
  });
};

const softmax =
  (onnx: string): OpFunction =>
  ({ b, input }) =>
    b.op(onnx, [float32(b, input(0))], { axis: -1 });

/** Sums of the rows of each segment; as many as the third input says. */
const UnsortedSegmentSum: OpFunction = (call) => {
  const { b } = call;
  const [x, ids] = [float32(b, call.input(0)), int64(b, call.input(1))];
  const count = knownSize(call.sizes(2)?.[0], "number of segments");
  // one row of ones and zeros per segment, times the rows
  const numbers = b.constant(
    `${b.scope}/segments`,
    "int64",
    [count, 1],
    BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
  );
  const member = b.cast(b.op("Equal", [numbers, b.unsqueeze(ids, [0])]), "float32");
  const flat = b.reshape(x, [0, -1]);
  const sums = b.op("MatMul", [member, flat]);
  return x.shape.length === 2
    ? sums
    : b.reshape(sums, [count, ...x.shape.slice(1).map((d) => knownSize(d, "size of the rows"))]);
};

export const REDUCE: Readonly<Record<string, OpFunction>> = {
  All: logical("ReduceMin"),
  Any: logical("ReduceMax"),
  ArgMax: arg("ArgMax"),
  ArgMin: arg("ArgMin"),
  Cumsum,
  EuclideanNorm,
  LogSoftmax: softmax("LogSoftmax"),
  Max: reduction("ReduceMax"),
  Mean: reduction("ReduceMean", "float"),
  Min: reduction("ReduceMin"),
  Prod: reduction("ReduceProd"),
  Softmax: softmax("Softmax"),
  Sum: reduction("ReduceSum"),
  TopKV2,
  UnsortedSegmentSum,
};
