/** Cases of the operators that move values and ask for sizes. */
import { type Attrs, attr } from "./graphs.ts";
import {
  bools,
  data,
  each,
  float,
  int,
  ints,
  type OpCase,
  type OpCases,
  type Operand,
  steps,
  table,
  weights,
  whole,
} from "./opCases.ts";

const identity: OpCase[] = each([data([2, 3])], [whole([2])], [bools([2, 2])], [data([])]);
/** Where TensorFlow.js has not the operator. */
const unchanged: OpCase[] = identity.map(({ inputs }) => ({ inputs, expected: inputs }));

/** Paddings in pairs: what is added in front of an axis and behind it. */
const pairs = (...values: number[]): Operand => table([values.length / 2, 2], values);

const padded: OpCase[] = each(
  [data([2, 3]), pairs(0, 0, 1, 2)],
  [data([2, 3, 4, 2]), pairs(0, 0, 1, 0, 2, 3, 0, 0)],
  [data([3]), pairs(2, 0)],
  [data([2, 3]), pairs(0, 0, 0, 0)],
  [whole([2, 3]), pairs(1, 0, 0, 1)],
);

const squeezed = (shape: number[], ...axes: number[]): OpCase => ({
  inputs: [data(shape)],
  attrs: axes.length > 0 ? { squeeze_dims: attr.ints(...axes) } : {},
});

const split = (shape: number[], axis: number, count: number): OpCase => ({
  inputs: [int(axis), data(shape)],
  attrs: { num_split: attr.int(count) },
  outputs: count,
});

const splitV = (shape: number[], axis: number, ...sizes: number[]): OpCase => ({
  inputs: [data(shape), ints(...sizes), int(axis)],
  attrs: { num_split: attr.int(sizes.length) },
  outputs: sizes.length,
});

const packed = (axis: number, ...inputs: Operand[]): OpCase => ({
  inputs,
  attrs: { axis: attr.int(axis), N: attr.int(inputs.length) },
});

const unpacked = (shape: number[], axis: number): OpCase => {
  const count = shape.at(axis) as number;
  return {
    inputs: [data(shape)],
    attrs: { axis: attr.int(axis), num: attr.int(count) },
    outputs: count,
  };
};

/** Tensors, then the axis. */
const joined = (axis: number, ...tensors: Operand[]): OpCase => ({
  inputs: [...tensors, int(axis)],
  attrs: { N: attr.int(tensors.length) },
});

const joins: OpCase[] = [
  joined(1, data([2, 3]), data([2, 1]), data([2, 2])),
  joined(-1, data([2, 2, 3]), weights([2, 2, 1])),
  joined(0, data([2]), weights([3])),
  joined(1, whole([2, 2]), whole([2, 3])),
  joined(1, data([2, 2])),
];

const range = (dtype: "int32" | "float32", ...inputs: Operand[]): OpCase => ({
  inputs,
  attrs: { Tidx: attr.type(dtype) },
});

const filled = (shape: number[], value: Operand): OpCase => ({
  inputs: [ints(...shape), value],
  attrs: { T: attr.type(value.dtype) },
});

const mirrored = (mode: string, inputs: Operand[]): OpCase => ({
  inputs,
  attrs: { mode: attr.text(mode) },
});

const outType: Attrs = { out_type: attr.type("int32") };

export const SHAPE_CASES: OpCases = {
  BatchToSpaceND: each(
    [data([8, 2, 3, 1]), ints(2, 2), pairs(0, 0, 0, 0)],
    [data([8, 2, 3, 2]), ints(2, 2), pairs(1, 0, 0, 2)],
    [data([4, 3, 2]), ints(2), pairs(0, 1)],
    [data([6, 2]), ints(3), pairs(1, 1)],
  ),
  BroadcastTo: each(
    [data([3]), ints(2, 3)],
    [data([2, 1]), ints(2, 4)],
    [data([2, 1, 3]), ints(2, 2, 3)],
    [data([]), ints(2)],
    [whole([1, 2]), ints(3, 2)],
  ),
  CheckNumerics: unchanged,
  Concat: joins.map(({ inputs, attrs = {} }) => ({
    inputs: [inputs.at(-1)!, ...inputs.slice(0, -1)],
    attrs,
  })),
  ConcatV2: joins,
  EnsureShape: [
    // TensorFlow.js cannot read the attribute
    { ...unchanged[0]!, attrs: { shape: attr.shape([-1, 3]) } },
  ],
  ExpandDims: each(
    [data([2, 3]), int(0)],
    [data([2, 3]), int(1)],
    [data([2, 3]), int(-1)],
    [data([2, 3]), int(-2)],
    [data([]), int(0)],
    [whole([2]), int(1)],
  ),
  Fill: [
    filled([2, 3], float(1.5)),
    filled([4], int(-2)),
    filled([], float(3)),
    filled([2, 2], table([], [1], "bool")),
    filled([1, 5000], float(0.25)),
  ],
  Identity: identity,
  IdentityN: [{ inputs: [data([2, 3]), whole([2])], outputs: 2 }],
  LinSpace: each(
    [float(0), float(1), int(5)],
    [float(-1), float(3), int(1)],
    [float(2), float(-2), int(4)],
  ),
  MirrorPad: [
    mirrored("REFLECT", [data([2, 4]), pairs(1, 1, 2, 3)]),
    mirrored("REFLECT", [data([2, 3, 4, 2]), pairs(0, 0, 1, 2, 2, 1, 0, 0)]),
    mirrored("SYMMETRIC", [data([2, 4]), pairs(0, 0, 2, 3)]),
    mirrored("SYMMETRIC", [data([2, 3, 4, 2]), pairs(0, 0, 1, 2, 2, 1, 0, 0)]),
  ],
  Pack: [
    packed(0, data([2, 3]), data([2, 3], { seed: 1 })),
    packed(1, data([2, 3]), data([2, 3], { seed: 1 }), data([2, 3], { seed: 2 })),
    packed(-1, data([2]), data([2], { seed: 1 })),
    packed(0, int(3), int(4)),
    packed(0, whole([2])),
  ],
  Pad: padded,
  PadV2: [
    ...padded.map(({ inputs }) => ({
      inputs: [...inputs, inputs[0]!.dtype === "int32" ? int(7) : float(-1.5)],
    })),
    { inputs: [data([2, 3]), pairs(0, 0, 1, 1), float(0)] },
  ],
  PlaceholderWithDefault: identity,
  PreventGradient: unchanged,
  Range: [
    range("int32", int(0), int(5), int(1)),
    range("int32", int(2), int(11), int(3)),
    range("int32", int(5), int(-4), int(-2)),
    range("float32", float(0), float(2), float(0.5)),
    range("float32", float(1), float(2.1), float(0.25)),
  ],
  Rank: [...each([data([2, 3, 4])], [data([])])],
  Reshape: each(
    [data([2, 6]), ints(2, 3, 2)],
    [data([2, 6]), ints(-1, 3)],
    [data([2, 6]), ints(12)],
    [data([2, 6]), ints(3, -1)],
    [data([2, 3, 4]), ints(2, -1)],
    [data([2, 3, 4]), ints(6, 4)],
    [data([1, 1]), ints()],
    [whole([2, 2]), ints(4)],
    [bools([2, 2]), ints(-1, 2, 1)],
  ),
  Shape: [
    { inputs: [data([2, 3, 4])], attrs: outType },
    { inputs: [data([2])], attrs: outType },
    { inputs: [data([])], attrs: outType },
  ],
  Size: each([data([2, 3, 4])], [whole([2])]),
  Snapshot: identity,
  SpaceToBatchND: each(
    [data([2, 4, 6, 1]), ints(2, 2), pairs(0, 0, 0, 0)],
    [data([2, 3, 4, 2]), ints(2, 2), pairs(1, 0, 2, 2)],
    [data([2, 5, 3]), ints(3), pairs(1, 0)],
    [data([2, 4]), ints(2), pairs(0, 0)],
  ),
  Split: [split([2, 6], 1, 3), split([2, 3, 4], -1, 2), split([2, 4], 0, 2), split([2, 5], 1, 1)],
  SplitV: [
    splitV([2, 6], 1, 1, 2, 3),
    splitV([2, 6], -1, 4, -1),
    splitV([2, 3, 4], 2, 2, 2),
    splitV([2, 3], 1, 3),
  ],
  Squeeze: [
    squeezed([2, 1, 3, 1]),
    squeezed([2, 1, 3, 1], 1),
    squeezed([2, 1, 3, 1], 1, 3),
    squeezed([2, 1, 3, 1], -1),
    squeezed([2, 3]),
    squeezed([1, 1]),
  ],
  StopGradient: identity,
  Tile: each(
    [data([2, 3]), ints(1, 2)],
    [data([2, 3]), ints(2, 1)],
    [data([2, 1, 2]), ints(1, 3, 2)],
    [data([2, 3]), ints(1, 1)],
    [whole([2]), ints(3)],
  ),
  Transpose: each(
    [data([2, 3]), ints(1, 0)],
    [data([2, 3, 4]), ints(0, 2, 1)],
    [data([2, 3, 4, 2]), ints(0, 3, 1, 2)],
    [steps([2, 3, 4]), ints(2, 0, 1)],
    [whole([2, 3]), ints(0, 1)],
  ),
  Unpack: [unpacked([2, 3], 1), unpacked([2, 3, 4], -1), unpacked([3, 2], 0), unpacked([2, 1], 1)],
};
