/** Cases of the operators on one value at a time. */
import { attr } from "./graphs.ts";
import {
  bools,
  data,
  each,
  float,
  given,
  int,
  type OpCase,
  type OpCases,
  result,
  steps,
  table,
  weights,
  whole,
} from "./opCases.ts";

/** One float32 operand between `low` and `high`, of rank 3, 1 and 0. */
const unary = (low = -3, high = 3): OpCase[] =>
  each([data([2, 3, 4], { low, high })], [data([5], { low, high })], [data([], { low, high })]);

const ofIntegers: OpCase[] = each([whole([2, 5])], [whole([])]);

/** Two operands of one type, with numpy's broadcasting. */
const binary = (low = -3, high = 3): OpCase[] =>
  each(
    [data([2, 3], { low, high }), data([2, 3], { low, high, seed: 1 })],
    [data([2, 3, 4], { low, high }), weights([4], { low, high, seed: 1 })],
    [weights([3, 1], { low, high }), data([2, 1, 4], { low, high, seed: 1 })],
    [data([2, 3], { low, high }), float(1.5)],
    [data([], { low, high }), data([3], { low, high })],
    [steps([2, 4]), given([2, 4], [1, -2, 3, 1, 2, -3, 1, 2])],
  );

const binaryOfIntegers: OpCase[] = each(
  [whole([2, 4]), given([2, 4], [1, -2, 3, 1, 2, -3, 1, 2], "int32")],
  [whole([2, 4]), int(3)],
  [int(7), given([3], [2, -3, 5], "int32")],
);

const comparison: OpCase[] = [
  ...binary(),
  ...binaryOfIntegers,
  ...each(
    [steps([2, 6]), steps([2, 6], 1)],
    [whole([2, 3]), whole([3], { seed: 2 })],
    [steps([2, 3]), whole([2, 3])],
  ),
];

const logical: OpCase[] = each(
  [bools([2, 4]), bools([2, 4], 1)],
  [bools([2, 4]), bools([4], 2)],
  [bools([3]), table([], [1], "bool")],
);

const EDGES = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -1, 3e38];
const edges: OpCase[] = [{ inputs: [given([2, 3], EDGES)] }];
const HALVES = [0.5, 1.5, 2.5, -0.5, -1.5, 3.49];
const ZEROS = given([2, 3], [0, 2, 0, -1, 0, 4]);

/** Divisors that are 0, and the lowest int32 by -1. */
const extremes: OpCase[] = each([
  given([2, 3], [7, -7, 0, -(2 ** 31), 2 ** 31 - 1, -(2 ** 31)], "int32"),
  given([2, 3], [0, 0, 0, -1, -7, 7], "int32"),
]);

const selects: OpCase[] = each(
  [bools([2, 3]), data([2, 3]), data([2, 3], { seed: 1 })],
  [bools([2, 3]), whole([2, 3]), whole([2, 3], { seed: 1 })],
  [bools([2, 3]), bools([2, 3], 1), bools([2, 3], 2)],
);

const like: OpCase[] = each([data([2, 3])], [whole([2, 3, 1])], [bools([2, 2])], [data([])]);

const cast = (to: "float32" | "int32" | "bool", from: OpCase["inputs"][0]): OpCase => ({
  inputs: [from],
  attrs: { DstT: attr.type(to) },
});

/** Two rows of 1..6 beside a bias. */
const biased = (first: boolean): OpCase => ({
  inputs: [given([1, 2, 3, 1], [1, 2, 3, 4, 5, 6]), weights([first ? 2 : 1])],
  attrs: { data_format: attr.text(first ? "NCHW" : "NHWC") },
});
const [bias0, bias1] = weights([2]).data as [number, number];

export const ELEMENTWISE_CASES: OpCases = {
  Abs: [...unary(), ...ofIntegers],
  Acos: unary(-1, 1),
  Acosh: unary(1, 3),
  Add: [...binary(), ...binaryOfIntegers, ...each([whole([2, 3]), data([2, 3])])],
  AddN: each([data([2, 3]), data([2, 3], { seed: 1 }), data([2, 3], { seed: 2 })], [whole([4])]),
  AddV2: [...binary(), ...binaryOfIntegers],
  Asin: unary(-1, 1),
  Asinh: unary(),
  Atan: unary(),
  Atan2: [
    ...binary(),
    ...each([given([8], [0, 1, -1, 0, 2, -2, 1, -1]), given([8], [0, 0, 0, -1, -1, -3, 1, 1])]),
  ],
  Atanh: unary(-0.9, 0.9),
  BiasAdd: [
    ...each([data([2, 3]), weights([3])], [data([2, 4, 4, 3]), weights([3])]),
    biased(false),
    {
      ...biased(true),
      expected: [
        result(
          [1, 2, 3, 1],
          [1, 2, 3, 4, 5, 6].map((v, i) => v + (i < 3 ? bias0 : bias1)),
        ),
      ],
    },
  ],
  BiasAddV1: [
    {
      inputs: [given([2, 2], [1, 2, 3, 4]), weights([2])],
      expected: [result([2, 2], [1 + bias0, 2 + bias1, 3 + bias0, 4 + bias1])],
    },
  ],
  Cast: [
    cast("int32", given([2, 3], [1.7, -1.7, 0.2, -0.2, 5, 100.9])),
    cast("bool", given([2, 3], [1.7, 0, 0.2, -0.2, 0, 1])),
    cast("float32", whole([2, 3])),
    cast("bool", whole([2, 3])),
    cast("float32", bools([2, 3])),
    cast("int32", bools([2, 3])),
    cast("float32", data([2, 3])),
  ],
  Ceil: unary(),
  ClipByValue: each(
    [data([2, 6], { low: -3, high: 3 }), float(-1), float(2)],
    [data([6], { low: -3, high: 3 }), float(0.5), float(2.5)],
  ),
  Cos: unary(),
  Cosh: unary(),
  Div: [...binary(0.5, 3), ...binaryOfIntegers],
  DivNoNan: [
    ...each([data([2, 3]), ZEROS], [data([3]), float(0)], [data([3]), float(2)]),
    ...extremes,
  ],
  Elu: unary(),
  Equal: [...comparison, ...each([bools([2, 3]), bools([2, 3], 1)])],
  Erf: unary(),
  Erfc: [
    {
      inputs: [given([4], [0, 0.5, -0.5, 2])],
      expected: [result([4], [1, 0.4795001222, 1.5204998778, 0.0046777349])],
    },
  ],
  Exp: unary(),
  Expm1: unary(),
  FakeQuantWithMinMaxArgs: [
    {
      // 255 steps of 12/255 from -6 to 6, moved so that 0 is one of them
      inputs: [given([4], [-7, 0, 1, 9])],
      attrs: { min: attr.float(-6), max: attr.float(6), num_bits: attr.int(8) },
      expected: [result([4], [(-128 * 12) / 255, 0, (21 * 12) / 255, (127 * 12) / 255])],
    },
    {
      inputs: [given([3], [-0.2, 0.3, 1.2])],
      attrs: {
        min: attr.float(0),
        max: attr.float(1),
        num_bits: attr.int(2),
        narrow_range: attr.flag(false),
      },
      expected: [result([3], [0, 1 / 3, 1])],
    },
  ],
  Floor: unary(),
  FloorDiv: [...binary(0.5, 3), ...binaryOfIntegers, ...extremes],
  FloorMod: [...binary(0.5, 3), ...binaryOfIntegers, ...extremes],
  Greater: comparison,
  GreaterEqual: comparison,
  IsFinite: edges,
  IsInf: edges,
  IsNan: edges,
  LeakyRelu: [
    { inputs: [data([2, 5])], attrs: { alpha: attr.float(0.3) } },
    { inputs: [data([5])], attrs: { alpha: attr.float(0.2) } },
  ],
  Less: comparison,
  LessEqual: comparison,
  Log: unary(0.1, 5),
  Log1p: unary(-0.5, 5),
  LogicalAnd: logical,
  LogicalNot: each([bools([2, 4])], [bools([])]),
  LogicalOr: logical,
  LogicalXor: [
    {
      inputs: [given([4], [0, 0, 1, 1], "bool"), given([4], [0, 1, 0, 1], "bool")],
      expected: [result([4], [0, 1, 1, 0], "bool")],
    },
  ],
  Maximum: [...binary(), ...binaryOfIntegers],
  Minimum: [...binary(), ...binaryOfIntegers],
  Mod: [...binary(0.5, 3), ...binaryOfIntegers, ...extremes],
  Mul: [...binary(), ...binaryOfIntegers, ...each([whole([2, 3]), data([2, 3])])],
  Neg: [...unary(), ...ofIntegers],
  NotEqual: [...comparison, ...each([bools([2, 3]), bools([2, 3], 1)])],
  OnesLike: like,
  Pow: [
    ...binary(0.2, 3),
    ...each(
      [data([2, 3]), float(2)],
      [data([2, 3], { low: 0 }), float(0.5)],
      [data([2, 3]), float(3)],
      [whole([2, 3]), int(2)],
      [whole([2, 3]), int(3)],
    ),
  ],
  Prelu: each([data([2, 4]), weights([4])], [data([2, 3, 3, 2]), weights([3, 3, 2])]),
  RealDiv: [...binary(0.5, 3), ...binaryOfIntegers, ...extremes],
  Reciprocal: unary(0.3, 3),
  Relu: [...unary(), ...ofIntegers],
  Relu6: [...unary(-4, 9), ...ofIntegers],
  Round: [
    ...unary(),
    { inputs: [given([2, 3], HALVES)] },
    // TensorFlow.js makes float32 of whole numbers
    { inputs: [whole([2, 3])], expected: [whole([2, 3])] },
  ],
  Rsqrt: unary(0.2, 3),
  Select: [
    ...selects,
    // the first Select: one condition per row
    ...each([bools([2]), data([2, 3]), data([2, 3], { seed: 1 })]),
  ].map((c, i) =>
    i < selects.length
      ? c
      : { ...c, expected: [rowsSelected(c.inputs.map(({ data: values }) => values))] },
  ),
  SelectV2: [
    ...selects,
    ...each(
      [bools([2, 3]), data([2, 3]), float(9)],
      [bools([3]), float(1), data([2, 3], { seed: 1 })],
    ),
  ],
  Selu: unary(),
  Sigmoid: unary(-9, 9),
  Sign: [...unary(), ...each([steps([2, 4])], [whole([6])])],
  Sin: unary(),
  Sinh: unary(),
  Softplus: unary(-20, 20),
  Softsign: [{ inputs: [given([3], [0, 1, -3])], expected: [result([3], [0, 0.5, -0.75])] }],
  Sqrt: unary(0, 3),
  Square: [...unary(), ...ofIntegers],
  SquaredDifference: [...binary(), ...binaryOfIntegers],
  Sub: [...binary(), ...binaryOfIntegers],
  Tan: unary(-1.4, 1.4),
  Tanh: unary(),
  TruncateDiv: [
    {
      inputs: [given([4], [7, -7, 7, -7], "int32"), given([4], [2, 2, -2, -2], "int32")],
      expected: [result([4], [3, -3, -3, 3], "int32")],
    },
    {
      inputs: [given([2], [7, -(2 ** 31)], "int32"), given([2], [0, -1], "int32")],
      expected: [result([2], [0, -(2 ** 31)], "int32")],
    },
  ],
  Xdivy: [
    {
      inputs: [given([4], [0, 1, 2, 0]), given([4], [0, 4, -1, 2])],
      expected: [result([4], [0, 0.25, -2, 0])],
    },
  ],
  ZerosLike: like,
};

/** The rows chosen by three conditions from two matrices. */
function rowsSelected([condition, yes, no]: readonly (readonly number[])[]) {
  return result(
    [2, 3],
    yes!.map((y, i) => (condition![Math.floor(i / 3)] ? y : (no![i] as number))),
  );
}
