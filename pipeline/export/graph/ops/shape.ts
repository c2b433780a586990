/** Operators that give tensors other shapes and ask for sizes. */
import { TO_END } from "../../builder.ts";
import { refuse } from "../../errors.ts";
import type { Dim, Tensor } from "../../ir.ts";
import { axisFor, float32, int32, int64, type OpCall, type OpFunction } from "../call.ts";
import { reshapeTo } from "../reshape.ts";

/** Passes its input through, lists included. */
const identity: OpFunction = ({ values, input }) => values[0] ?? input(0);

const Reshape: OpFunction = ({ b, input }) => reshapeTo(b, input(0), input(1));

const ExpandDims: OpFunction = (call) => {
  const x = call.input(0);
  const [axis = 0] = call.ints(1, "axis");
  return call.b.unsqueeze(x, [axis < 0 ? axis + x.shape.length + 1 : axis]);
};

/** Without axes, all axes of size 1 go. */
const Squeeze: OpFunction = ({ b, attrs, input }) => {
  const x = input(0);
  const named = attrs.ints("squeeze_dims");
  const given = named.length > 0 ? named : attrs.ints("axis");
  // of a batch it is taken for granted that it may be larger than 1
  const isOpen = (d: Dim, i: number) => i > 0 && typeof d !== "number";
  if (given.length === 0 && x.shape.some(isOpen))
    refuse(
      "removes the axes of size 1, and not all sizes are known; give the model's inputs fixed shapes (--input-shape)",
    );
  const axes =
    given.length > 0
      ? given.map((axis) => axisFor(axis, x.shape.length))
      : x.shape.flatMap((d, i) => (d === 1 ? [i] : []));
  return axes.length === 0 ? x : b.squeeze(x, axes);
};

const Transpose: OpFunction = (call) => {
  const rank = call.input(0).shape.length;
  const perm = call.inputs.length > 1 ? call.ints(1, "order of the axes") : [];
  return call.b.transpose(
    call.input(0),
    perm.length > 0 ? perm : Array.from({ length: rank }, (_, i) => rank - 1 - i),
  );
};

/** The sizes as int32, as TensorFlow.js has them. */
const Shape: OpFunction = ({ b, input }) => int32(b, b.op("Shape", [input(0)]));

const Size: OpFunction = ({ b, input }) => {
  const sizes = b.op("Shape", [input(0)]);
  return int32(b, b.op("ReduceProd", [sizes], { axes: [0], keepdims: 0 }));
};

const Rank: OpFunction = ({ b, input }) =>
  b.constant(`${b.scope}/rank`, "int32", [], Int32Array.of(input(0).shape.length));

const Tile: OpFunction = ({ b, input, sizes }) => {
  const x = input(0);
  const times = sizes(1);
  const shape = x.shape.map((d, i): Dim => {
    const n = times?.[i];
    if (n === 1) return d;
    return typeof d === "number" && typeof n === "number" ? d * n : d === 1 ? (n ?? null) : null;
  });
  if (times?.every((n) => n === 1)) return x;
  return b.op("Tile", [x, int64(b, input(1))], {}, { shape });
};

/** A shape of which something is not known at conversion is computed by the graph. */
export function expandTo(call: OpCall, x: Tensor, target: Tensor): Tensor {
  const sizes = call.b.sizesOf(target);
  const rank = target.shape[0];
  if (!sizes && typeof rank !== "number") refuse("expands to a shape of unknown rank");
  const shape = sizes ?? Array<Dim>(rank as number).fill(null);
  const all = shape.map(
    (d, i): Dim => (d === 1 ? (x.shape[i - shape.length + x.shape.length] ?? 1) : d),
  );
  return call.b.op("Expand", [x, int64(call.b, target)], {}, { shape: all });
}

const Fill: OpFunction = (call) => expandTo(call, call.input(1), call.input(0));
const BroadcastTo: OpFunction = (call) => expandTo(call, call.input(0), call.input(1));

const Range: OpFunction = ({ b, input, sizes }) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => sizes(i)?.[0]);
  const inputs = [0, 1, 2].map((i) => b.reshape(input(i), []));
  const count = start === 0 && delta === 1 ? (limit ?? null) : null;
  return b.op("Range", inputs, {}, { shape: [count] });
};

const LinSpace: OpFunction = (call) => {
  const { b } = call;
  const [start, stop] = [float32(b, call.input(0)), float32(b, call.input(1))];
  const [count] = call.ints(2, "number of values");
  const steps = Math.max((count ?? 1) - 1, 1);
  const shares = b.floats(
    "shares",
    Array.from({ length: count! }, (_, i) => i / steps),
  );
  return b.op("Add", [start, b.op("Mul", [b.op("Sub", [stop, start]), shares])]);
};

/** Paddings [rank, 2] become begins, then ends. */
const Pad: OpFunction = (call) => {
  const { b, op, attrs } = call;
  const x = call.input(0);
  const rank = x.shape.length;
  const paddings = call.input(1);
  const isMirror = op === "MirrorPad";
  if (isMirror && attrs.text("mode", "REFLECT") === "SYMMETRIC") return mirrored(call);
  const pads = b.reshape(b.transpose(int64(b, paddings), [1, 0]), [2 * rank]);
  const value = call.inputs[2] && b.reshape(call.inputs[2], []);
  const zero = value && b.sizesOf(value)?.[0] === 0;
  const known = b.sizesOf(pads);
  const shape = x.shape.map((d, i): Dim => {
    const [begin, end] = [known?.[i], known?.[i + rank]];
    if (begin === 0 && end === 0) return d;
    if (typeof d !== "number" || typeof begin !== "number" || typeof end !== "number") return null;
    return d + begin + end;
  });
  return b.op(
    "Pad",
    value && !zero ? [x, pads, value] : [x, pads],
    { mode: isMirror ? "reflect" : "constant" },
    { shape },
  );
};

/** A mirror that repeats the border, which ONNX's Pad does not have: slices turned over on both sides. */
function mirrored(call: OpCall): Tensor {
  const { b } = call;
  const paddings = call.ints(1, "paddings");
  return call.input(0).shape.reduce<Tensor>((x, _, axis) => {
    const [begin, end] = [paddings[2 * axis]!, paddings[2 * axis + 1]!];
    const front = begin > 0 ? [b.slice(x, axis, begin - 1, -TO_END, -1)] : [];
    const behind = end > 0 ? [b.slice(x, axis, -1, -end - 1, -1)] : [];
    return begin + end > 0 ? b.op("Concat", [...front, x, ...behind], { axis }) : x;
  }, call.input(0));
}

/** Blocks of the channels become blocks of pixels, or the other way round; channels are last. */
const depthSpace =
  (onnx: "DepthToSpace" | "SpaceToDepth"): OpFunction =>
  ({ b, attrs, input }) => {
    const first = attrs.text("data_format", "NHWC").startsWith("NC");
    const blocksize = attrs.int("block_size", 2);
    const x = first ? input(0) : b.transpose(input(0), [0, 3, 1, 2]);
    const y = b.op(onnx, [x], { blocksize, ...(onnx === "DepthToSpace" ? { mode: "DCR" } : {}) });
    return first ? y : b.transpose(y, [0, 2, 3, 1]);
  };

export const SHAPE: Readonly<Record<string, OpFunction>> = {
  BroadcastTo,
  CheckNumerics: identity,
  DepthToSpace: depthSpace("DepthToSpace"),
  EnsureShape: identity,
  ExpandDims,
  Fill,
  Identity: identity,
  IdentityN: ({ inputs }) => [...inputs],
  LinSpace,
  MirrorPad: Pad,
  Pad,
  PadV2: Pad,
  PlaceholderWithDefault: identity,
  PreventGradient: identity,
  Range,
  Rank,
  Reshape,
  Shape,
  Size,
  Snapshot: identity,
  SpaceToDepth: depthSpace("SpaceToDepth"),
  Squeeze,
  StopGradient: identity,
  Tile,
  Transpose,
};
