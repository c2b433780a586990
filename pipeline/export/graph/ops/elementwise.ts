/** Operators on one value at a time. */
import { refuse } from "../../errors.ts";
import type { Tensor } from "../../ir.ts";
import {
  alike,
  constantValues,
  float32,
  int32,
  like,
  numeric,
  type OpCall,
  type OpFunction,
} from "../call.ts";
import type { FoldingBuilder } from "../fold/builder.ts";

/** An operator that ONNX has; integers become float32 where it takes no others. */
const unary =
  (onnx: string): OpFunction =>
  ({ b, input }) =>
    b.op(onnx, [float32(b, input(0))]);

/** An operator that ONNX has for integers too. */
const unaryOfAny =
  (onnx: string): OpFunction =>
  ({ b, input }) =>
    b.op(onnx, [input(0).dtype === "bool" ? int32(b, input(0)) : input(0)]);

const binary =
  (onnx: string): OpFunction =>
  ({ b, input }) =>
    b.op(onnx, numeric(b, alike(b, input(0), input(1))));

const logical =
  (onnx: string): OpFunction =>
  ({ b, input }) =>
    b.op(onnx, [b.cast(input(0), "bool"), b.cast(input(1), "bool")]);

const not = (b: FoldingBuilder, x: Tensor) => b.op("Not", [x]);

/** What `make` gives for the first input as float32. */
const ofFloat =
  (make: (b: FoldingBuilder, x: Tensor, call: OpCall) => Tensor): OpFunction =>
  (call) =>
    make(call.b, float32(call.b, call.input(0)), call);

/** Integers stay integers. */
const clamped =
  (onnx: string, high?: number): OpFunction =>
  ({ b, input }) => {
    const x = input(0).dtype === "bool" ? int32(b, input(0)) : input(0);
    if (x.dtype === "float32" && high === undefined) return b.op(onnx, [x]);
    if (x.dtype === "float32") return b.op(onnx, [x, b.scalar(0), b.scalar(high!)]);
    const low = b.op("Max", [x, like(b, x, 0)]);
    return high === undefined ? low : b.op("Min", [low, like(b, x, high)]);
  };

const Pow: OpFunction = ({ b, input }) => {
  const [x, y] = alike(b, input(0), input(1));
  const [exponent, ...more] = constantValues(y) ?? [];
  if (more.length === 0 && exponent === 2) return b.op("Mul", [x, x]);
  if (more.length === 0 && exponent === 0.5 && x.dtype === "float32") return b.op("Sqrt", [x]);
  return b.op("Pow", numeric(b, [x, y]));
};

const AddN: OpFunction = ({ b, input, inputs }) =>
  inputs.slice(1).reduce((sum, x) => b.op("Add", numeric(b, alike(b, sum, x))), input(0));

const SquaredDifference: OpFunction = ({ b, input }) => {
  const d = b.op("Sub", numeric(b, alike(b, input(0), input(1))));
  return b.op("Mul", [d, d]);
};

/** atan(y / x), turned by pi to the left of the y axis; of (0, 0) it is 0, as JavaScript's. */
const Atan2: OpFunction = ({ b, input }) => {
  const [y, x] = [float32(b, input(0)), float32(b, input(1))];
  const zero = b.scalar(0);
  const onAxis = b.op("Equal", [x, zero]);
  const [above, below] = [b.op("Greater", [y, zero]), b.op("Less", [y, zero])];
  const sign = b.op("Where", [below, b.scalar(-1), b.scalar(1)]);
  const atan = b.op("Atan", [b.op("Div", [y, b.op("Where", [onAxis, b.scalar(1), x])])]);
  const left = b.op("Add", [atan, b.op("Mul", [sign, b.scalar(Math.PI)])]);
  const offAxis = b.op("Where", [b.op("Less", [x, zero]), left, atan]);
  const upright = b.op("Where", [
    b.op("Or", [above, below]),
    b.op("Mul", [sign, b.scalar(Math.PI / 2)]),
    zero,
  ]);
  return b.op("Where", [onAxis, upright, offAxis]);
};

/** Where with bools too, which the runtime's has not. */
export function select(b: FoldingBuilder, condition: Tensor, yes: Tensor, no: Tensor): Tensor {
  const [y, n] = alike(b, yes, no);
  const c = b.cast(condition, "bool");
  if (y.dtype !== "bool") return b.op("Where", [c, y, n]);
  return b.op("Or", [b.op("And", [c, y]), b.op("And", [not(b, c), n])]);
}

/** A condition of rank 1 picks rows of values of higher rank (the first Select of TensorFlow only). */
const Select: OpFunction = ({ b, input }) => {
  const [condition, yes] = [input(0), input(1)];
  const missing = yes.shape.length - condition.shape.length;
  const rows =
    condition.shape.length === 1 && missing > 0
      ? b.unsqueeze(
          condition,
          Array.from({ length: missing }, (_, i) => i + 1),
        )
      : condition;
  return select(b, rows, yes, input(2));
};

const Cast: OpFunction = ({ b, attrs, input }) => b.cast(input(0), attrs.dtype("DstT", "float32"));

const ClipByValue: OpFunction = ({ b, input }) => {
  const [x, low] = alike(b, input(0), input(1));
  const [, high] = alike(b, x, input(2));
  return b.op("Min", [b.op("Max", [x, low]), high]);
};

/** The bias belongs to the channels, which are last or, with data_format NCHW, second. */
export const BiasAdd: OpFunction = ({ b, attrs, input }) => {
  const [x, bias] = alike(b, input(0), input(1));
  const rank = x.shape.length;
  const first = attrs.text("data_format", "NHWC").startsWith("NC") && rank > 2;
  const trailing = Array.from({ length: rank - 2 }, (_, i) => i + 1);
  return b.op("Add", [x, first ? b.unsqueeze(bias, trailing) : bias]);
};

const IsFinite: OpFunction = ({ b, input }) => {
  const x = float32(b, input(0));
  // x - x is NaN for infinities and NaN
  return not(b, b.op("IsNaN", [b.op("Sub", [x, x])]));
};

const IsInf: OpFunction = ({ b, input }) => {
  const size = b.op("Abs", [float32(b, input(0))]);
  return b.op("Equal", [size, b.scalar(Number.POSITIVE_INFINITY)]);
};

/** Values rounded to the steps of a quantisation: what the graph's float32 stands for. */
const FakeQuant: OpFunction = ({ b, attrs, input }) => {
  const bits = attrs.int("num_bits", 8);
  const lowest = attrs.flag("narrow_range", false) ? 1 : 0;
  const levels = 2 ** bits - 1 - lowest;
  const [min, max] = [attrs.float("min", -6), attrs.float("max", 6)];
  const scale = (max - min) / levels;
  if (!(scale > 0)) refuse(`"min" ${min} is not below "max" ${max}`);
  const zero = Math.round(-min / scale);
  const [low, high] = [-zero * scale, (levels - zero) * scale];
  const clipped = b.op("Clip", [float32(b, input(0)), b.scalar(low), b.scalar(high)]);
  const steps = b.op("Floor", [
    b.op("Add", [
      b.op("Div", [b.op("Sub", [clipped, b.scalar(low)]), b.scalar(scale)]),
      b.scalar(0.5),
    ]),
  ]);
  return b.op("Add", [b.op("Mul", [steps, b.scalar(scale)]), b.scalar(low)]);
};

const one = (b: FoldingBuilder) => b.scalar(1);

export const ELEMENTWISE: Readonly<Record<string, OpFunction>> = {
  Abs: unaryOfAny("Abs"),
  Acos: unary("Acos"),
  Acosh: unary("Acosh"),
  Add: binary("Add"),
  AddN,
  AddV2: binary("Add"),
  Asin: unary("Asin"),
  Asinh: unary("Asinh"),
  Atan: unary("Atan"),
  Atan2,
  Atanh: unary("Atanh"),
  BiasAdd,
  BiasAddV1: BiasAdd,
  Cast,
  Ceil: unary("Ceil"),
  ClipByValue,
  Cos: unary("Cos"),
  Cosh: unary("Cosh"),
  Elu: unary("Elu"),
  Equal: binary("Equal"),
  Erf: unary("Erf"),
  Erfc: ofFloat((b, x) => b.op("Sub", [one(b), b.op("Erf", [x])])),
  Exp: unary("Exp"),
  Expm1: ofFloat((b, x) => b.op("Sub", [b.op("Exp", [x]), one(b)])),
  FakeQuantWithMinMaxArgs: FakeQuant,
  Floor: unary("Floor"),
  Greater: binary("Greater"),
  GreaterEqual: binary("GreaterOrEqual"),
  IsFinite,
  IsInf,
  IsNan: unary("IsNaN"),
  LeakyRelu: ofFloat((b, x, { attrs }) =>
    b.op("LeakyRelu", [x], { alpha: attrs.float("alpha", 0.2) }),
  ),
  Less: binary("Less"),
  LessEqual: binary("LessOrEqual"),
  Log: unary("Log"),
  Log1p: ofFloat((b, x) => b.op("Log", [b.op("Add", [x, one(b)])])),
  LogicalAnd: logical("And"),
  LogicalNot: ({ b, input }) => not(b, b.cast(input(0), "bool")),
  LogicalOr: logical("Or"),
  LogicalXor: logical("Xor"),
  Maximum: binary("Max"),
  Minimum: binary("Min"),
  Mul: binary("Mul"),
  Neg: unaryOfAny("Neg"),
  NotEqual: ({ b, input }) => not(b, b.op("Equal", alike(b, input(0), input(1)))),
  Pow,
  Prelu: ({ b, input }) => b.op("PRelu", [float32(b, input(0)), float32(b, input(1))]),
  Reciprocal: unary("Reciprocal"),
  Relu: clamped("Relu"),
  Relu6: clamped("Clip", 6),
  Round: (call) => (call.input(0).dtype === "int32" ? call.input(0) : unary("Round")(call)),
  Rsqrt: ofFloat((b, x) => b.op("Reciprocal", [b.op("Sqrt", [x])])),
  Select,
  SelectV2: ({ b, input }) => select(b, input(0), input(1), input(2)),
  Selu: unary("Selu"),
  Sigmoid: unary("Sigmoid"),
  Sign: unaryOfAny("Sign"),
  Sin: unary("Sin"),
  Sinh: unary("Sinh"),
  Softplus: unary("Softplus"),
  Softsign: unary("Softsign"),
  Sqrt: unary("Sqrt"),
  Square: ({ b, input }) => b.op("Mul", [input(0), input(0)]),
  SquaredDifference,
  Sub: binary("Sub"),
  Tan: unary("Tan"),
  Tanh: unary("Tanh"),
  OnesLike: ({ b, input }) => filledLike(b, input(0), 1),
  ZerosLike: ({ b, input }) => filledLike(b, input(0), 0),
};

function filledLike(b: FoldingBuilder, x: Tensor, value: number): Tensor {
  const filler = x.dtype === "bool" ? b.cast(like(b, x, value), "bool") : like(b, x, value);
  return b.op("Expand", [filler, b.op("Shape", [x])], {}, { shape: x.shape });
}
