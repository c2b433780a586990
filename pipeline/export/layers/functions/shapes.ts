/** Functions that give tensors other shapes and types, join them and take parts of them. */
import { isRecord } from "../../config.ts";
import { refuse } from "../../errors.ts";
import type { RawAttrs } from "../../graph/attrs.ts";
import { float32 } from "../../graph/call.ts";
import { binary, bytes, integer, type TensorFlowFunction, unary } from "./arguments.ts";

/** The names of types in Python; int64 is int32, as in TensorFlow.js. */
const TYPES: Readonly<Record<string, string>> = {
  float16: "DT_FLOAT",
  bfloat16: "DT_FLOAT",
  float32: "DT_FLOAT",
  float64: "DT_FLOAT",
  bool: "DT_BOOL",
};

const cast: TensorFlowFunction = (a) => {
  const type = String(a.raw("dtype") ?? "float32");
  return a.one("Cast", [a.x()], {
    DstT: { type: TYPES[type] ?? (/^u?int\d+$/.test(type) ? "DT_INT32" : type) },
  });
};

const squeeze: TensorFlowFunction = (a) => {
  const axes = a.raw("axis") ?? [];
  return a.one("Squeeze", [a.x()], { squeeze_dims: { list: { i: [axes].flat() } } });
};

const transpose: TensorFlowFunction = (a) =>
  a.one("Transpose", a.raw("perm") === undefined ? [a.x()] : [a.x(), a.tensor("perm")]);

const concat: TensorFlowFunction = (a) =>
  a.one("ConcatV2", [...a.list(), a.constant(integer(a, "axis", 0))]);

const stack: TensorFlowFunction = (a) =>
  a.one("Pack", a.list(), { axis: { i: integer(a, "axis", 0) } });

/** Into equal parts, or into parts of given sizes. */
const split: TensorFlowFunction = (a) => {
  const parts = a.raw("num_or_size_splits");
  const axis = a.constant(integer(a, "axis", 0));
  return typeof parts === "number"
    ? a.run("Split", [axis, a.x()], { num_split: { i: parts } })
    : a.run("SplitV", [a.x(), a.tensor("num_or_size_splits"), axis]);
};

const pad: TensorFlowFunction = (a) => {
  const mode = String(a.raw("mode") ?? "CONSTANT").toUpperCase();
  const inputs = [a.x(), a.tensor("paddings")];
  if (mode !== "CONSTANT") return a.one("MirrorPad", inputs, { mode: { s: [...bytes(mode)] } });
  const value = a.raw("constant_values") ?? 0;
  return a.one("PadV2", [...inputs, float32(a.b, a.constant(value))]);
};

const gather: TensorFlowFunction = (a) =>
  a.one("GatherV2", [a.x(), a.tensor("indices"), a.constant(integer(a, "axis", 0))], {
    batch_dims: { i: integer(a, "batch_dims", 0) },
  });

const where: TensorFlowFunction = (a) =>
  a.raw("x") === undefined
    ? refuse("finds positions, whose number depends on the data; with x and y it is converted")
    : a.one("SelectV2", [a.x(), a.tensor("x"), a.tensor("y")]);

const oneHot: TensorFlowFunction = (a) =>
  a.one(
    "OneHot",
    [
      a.x(),
      a.tensor("depth"),
      float32(a.b, a.constant(a.raw("on_value") ?? 1)),
      float32(a.b, a.constant(a.raw("off_value") ?? 0)),
    ],
    { axis: { i: integer(a, "axis", -1) } },
  );

/** A tensor of the shape that the first argument holds. */
const filled =
  (value: number): TensorFlowFunction =>
  (a) =>
    a.one("Fill", [a.x(), a.b.scalar(value)]);

/** x[begin:end:step, ..., newaxis]: numbers, slices, an ellipsis, and None for a new axis. */
const getItem: TensorFlowFunction = (a) => {
  const spec = a.raw("slice_spec");
  const items = Array.isArray(spec) ? spec : [spec];
  const masks = { begin: 0, end: 0, ellipsis: 0, new_axis: 0, shrink_axis: 0 };
  const rows = items.map((item, i) => {
    const bit = 1 << i;
    const [begin, end, step] = positionsOf(item);
    if (isRecord(item) && item.className === "__ellipsis__") masks.ellipsis |= bit;
    else if (item === null || item === undefined) masks.new_axis |= bit;
    else if (typeof item === "number") masks.shrink_axis |= bit;
    else {
      if (begin === undefined) masks.begin |= bit;
      if (end === undefined) masks.end |= bit;
    }
    return [begin ?? 0, end ?? 0, step ?? 1];
  });
  const columns = [0, 1, 2].map((i) => a.constant(rows.map((row) => row[i])));
  const attrs = Object.entries(masks).map(([name, i]) => [`${name}_mask`, { i }]);
  return a.one("StridedSlice", [a.x(), ...columns], Object.fromEntries(attrs) as RawAttrs);
};

function positionsOf(item: unknown): (number | undefined)[] {
  if (typeof item === "number") return [item, item + 1, 1];
  if (!isRecord(item) || !("start" in item)) {
    const known = item === null || item === undefined || isRecord(item);
    return known ? [] : refuse("reads at a computed position, which is not converted");
  }
  return [item.start, item.stop, item.step].map((value) => {
    if (value === null || value === undefined) return undefined;
    return typeof value === "number"
      ? value
      : refuse("slices at a computed position, which is not converted");
  });
}

const clip: TensorFlowFunction = (a) =>
  a.one("ClipByValue", [a.x(), a.tensor("clip_value_min"), a.tensor("clip_value_max")]);

/** Those without a prefix. */
export const ARRAYS: Readonly<Record<string, TensorFlowFunction>> = {
  broadcast_to: (a) => a.one("BroadcastTo", [a.x(), a.tensor("shape")]),
  cast,
  clip_by_value: clip,
  concat,
  convert_to_tensor: (a) => a.x(),
  expand_dims: (a) => a.one("ExpandDims", [a.x(), a.tensor("axis")]),
  fill: (a) => a.one("Fill", [a.x(), a.tensor("value")]),
  gather,
  identity: (a) => a.x(),
  one_hot: oneHot,
  ones: filled(1),
  ones_like: unary("OnesLike"),
  pad,
  reshape: (a) => a.one("Reshape", [a.x(), a.tensor("shape")]),
  reverse: (a) => a.one("ReverseV2", [a.x(), a.tensor("axis")]),
  shape: (a) => a.one("Shape", [a.x()]),
  split,
  squeeze,
  stack,
  stop_gradient: (a) => a.x(),
  tile: (a) => a.one("Tile", [a.x(), a.tensor("multiples")]),
  transpose,
  unstack: (a) => a.run("Unpack", [a.x()], { axis: { i: integer(a, "axis", 0) } }),
  where,
  zeros: filled(0),
  zeros_like: unary("ZerosLike"),
};

/** x + y, x == y and x[...], as Python has them; all other operators are saved as functions of tf.math. */
export const OPERATORS: Readonly<Record<string, TensorFlowFunction>> = {
  add: binary("AddV2"),
  eq: binary("Equal"),
  ne: binary("NotEqual"),
  getitem: getItem,
};
