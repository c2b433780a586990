/** Quotients and remainders, of floats and of integers. */
import type { Tensor } from "../../ir.ts";
import {
  alike,
  constantValues,
  float32,
  int32,
  int64,
  numeric,
  type OpCall,
  type OpFunction,
} from "../call.ts";
import type { FoldingBuilder } from "../fold/builder.ts";

/**
 * What `make` gives for two integers, 0 where the divisor is: there onnxruntime stops, and TensorFlow.js has 0. In int64,
 * whose division of the lowest int32 by -1, at which onnxruntime's process ends, is a number.
 */
function ofIntegers(
  b: FoldingBuilder,
  [x, y]: readonly [Tensor, Tensor],
  make: (x: Tensor, y: Tensor) => Tensor,
): Tensor {
  const [dividend, divisor] = [int64(b, x), int64(b, y)];
  if (constantValues(divisor)?.every((value) => value !== 0))
    return int32(b, make(dividend, divisor));
  const isZero = b.op("Equal", [divisor, b.ints([0], [])]);
  const safe = b.op("Where", [isZero, b.ints([1], []), divisor]);
  return int32(b, b.op("Where", [isZero, b.ints([0], []), make(dividend, safe)]));
}

/** The quotient rounded down, an integer as TensorFlow.js has it: ONNX's integer division rounds towards zero. */
const FloorDiv: OpFunction = ({ b, input }) => {
  const [x, y] = numeric(b, alike(b, input(0), input(1))) as [Tensor, Tensor];
  if (x.dtype === "float32") return int32(b, b.op("Floor", [b.op("Div", [x, y])]));
  // Mod has the divisor's sign, so that p - Mod(p, q) is a multiple of q
  return ofIntegers(b, [x, y], (p, q) => b.op("Div", [b.op("Sub", [p, b.op("Mod", [p, q])]), q]));
};

/** The remainder with the divisor's sign; ONNX has that for integers only. */
const FloorMod: OpFunction = ({ b, input }) => {
  const [x, y] = numeric(b, alike(b, input(0), input(1))) as [Tensor, Tensor];
  if (x.dtype !== "float32") return ofIntegers(b, [x, y], (p, q) => b.op("Mod", [p, q]));
  return b.op("Sub", [x, b.op("Mul", [y, b.op("Floor", [b.op("Div", [x, y])])])]);
};

const TruncateDiv: OpFunction = (call) => {
  const { b, input } = call;
  const [x, y] = numeric(b, alike(b, input(0), input(1))) as [Tensor, Tensor];
  if (x.dtype === "float32") return b.op("Div", [x, y]);
  return ofIntegers(b, [x, y], (p, q) => b.op("Div", [p, q]));
};

const isWhole = ({ input }: OpCall) => input(0).dtype !== "float32" && input(1).dtype !== "float32";

/** Division; the quotient of two integers is rounded down, as TensorFlow.js does. */
const RealDiv: OpFunction = (call) => {
  const { b, input } = call;
  if (isWhole(call)) return FloorDiv(call);
  return b.op("Div", [float32(b, input(0)), float32(b, input(1))]);
};

/** 0 where the divisor is 0. */
const DivNoNan: OpFunction = (call) => {
  const { b, input } = call;
  if (isWhole(call)) return FloorDiv(call);
  const [x, y] = [float32(b, input(0)), float32(b, input(1))];
  const isZero = b.op("Equal", [y, b.scalar(0)]);
  const divisor = b.op("Where", [isZero, b.scalar(1), y]);
  return b.op("Where", [isZero, b.scalar(0), b.op("Div", [x, divisor])]);
};

/** 0 where the dividend is 0. */
const Xdivy: OpFunction = ({ b, input }) => {
  const [x, y] = [float32(b, input(0)), float32(b, input(1))];
  const isZero = b.op("Equal", [x, b.scalar(0)]);
  return b.op("Where", [isZero, b.scalar(0), b.op("Div", [x, y])]);
};

export const DIVISION: Readonly<Record<string, OpFunction>> = {
  Div: RealDiv,
  DivNoNan,
  FloorDiv,
  FloorMod,
  Mod: FloorMod,
  RealDiv,
  TruncateDiv,
  Xdivy,
};
