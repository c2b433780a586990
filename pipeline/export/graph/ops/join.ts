/** Operators that join tensors, and those that split one. */
import { refuse } from "../../errors.ts";
import type { Tensor } from "../../ir.ts";
import { axisFor, knownSize, type OpCall, type OpFunction } from "../call.ts";
import type { FoldingBuilder } from "../fold/builder.ts";

const ConcatV2: OpFunction = (call) => {
  const { b, inputs } = call;
  const [axis = 0] = call.ints(inputs.length - 1, "axis");
  return concat(b, inputs.slice(0, -1), axis);
};

/** The first Concat has its axis in front. */
const Concat: OpFunction = (call) => {
  const [axis = 0] = call.ints(0, "axis");
  return concat(call.b, call.inputs.slice(1), axis);
};

function concat(b: FoldingBuilder, parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts;
  if (!first) refuse("has nothing to join");
  if (parts.length === 1) return first;
  const ranks = new Set(parts.map((t) => t.shape.length));
  if (ranks.size > 1) refuse(`joins tensors of different ranks: ${[...ranks].join(", ")}`);
  const dtype = parts.some((t) => t.dtype === "float32") ? "float32" : first.dtype;
  return b.op(
    "Concat",
    parts.map((t) => b.cast(t, dtype)),
    { axis: axisFor(axis, first.shape.length) },
  );
}

/** Joined along a new axis. */
const Pack: OpFunction = ({ b, attrs, inputs }) => {
  const [first] = inputs;
  if (!first) refuse("has no inputs");
  const axis = attrs.int("axis", 0);
  const at = axis < 0 ? axis + first.shape.length + 1 : axis;
  const parts = inputs.map((t) => b.unsqueeze(b.cast(t, first.dtype), [at]));
  return parts.length === 1 ? parts[0]! : b.op("Concat", parts, { axis: at });
};

/** One output per index of the axis, without it. */
const Unpack: OpFunction = ({ b, attrs, input }) => {
  const x = input(0);
  const axis = axisFor(attrs.int("axis", 0), x.shape.length);
  const count = attrs.int("num", -1);
  const n = count >= 0 ? count : knownSize(x.shape[axis], "size of the axis to unpack");
  if (n === 1) return [b.squeeze(x, [axis])];
  return b
    .ops("Split", [x, b.ints(Array<number>(n).fill(1))], { axis })
    .map((part) => b.squeeze(part, [axis]));
};

function split(call: OpCall, x: Tensor, axis: number, parts: readonly number[]): Tensor[] {
  if (parts.length === 1) return [x];
  return call.b.ops("Split", [x, call.b.ints(parts)], { axis });
}

/** Equal parts; the axis comes first. */
const Split: OpFunction = (call) => {
  const x = call.input(1);
  const axis = axisFor(call.ints(0, "axis")[0] ?? 0, x.shape.length);
  const count = call.attrs.int("num_split", 1);
  const size = knownSize(x.shape[axis], "size of the axis to split");
  if (size % count !== 0) refuse(`splits ${size} into ${count} equal parts`);
  return split(call, x, axis, Array<number>(count).fill(size / count));
};

/** Parts of given sizes, one of which may be -1: what is left. */
const SplitV: OpFunction = (call) => {
  const x = call.input(0);
  const axis = axisFor(call.ints(2, "axis")[0] ?? 0, x.shape.length);
  const sizes = call.ints(1, "sizes of the parts");
  const rest = sizes.reduce((sum, s) => (s < 0 ? sum : sum + s), 0);
  const parts = sizes.map((s) =>
    s < 0 ? knownSize(x.shape[axis], "size of the axis to split") - rest : s,
  );
  return split(call, x, axis, parts);
};

export const JOIN: Readonly<Record<string, OpFunction>> = {
  Concat,
  ConcatV2,
  Pack,
  Split,
  SplitV,
  Unpack,
};
