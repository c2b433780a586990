/**
 * What the converter knows of the ONNX operators it emits: one row each, and no other list of them. The passes read an
 * operator's properties here; what they do with them is theirs.
 */
import { refuse } from "./errors.ts";
import { OTHER_OPS } from "./otherOps.ts";
import * as rule from "./shapeRules.ts";
import type { Attrs } from "./shapes.ts";

/** How an operator is computed in front of a transpose instead of behind it: a rule of passes/transposeRules.ts. */
export type TransposeRule =
  | "unary"
  | "broadcast"
  | "reduce"
  | "softmax"
  | "layerNormalization"
  | "concat"
  | "slice"
  | "pad"
  | "squeeze"
  | "unsqueeze"
  | "matMul"
  | "flatten";

export interface Operator {
  /** dtype and shape of the outputs. */
  readonly shapes: rule.ShapeRule;
  /** Absent: transposes stop in front of it. */
  readonly transpose?: TransposeRule;
  /**
   * What it makes of row numbers on their way to a table: it hands them on, or computes others. Absent: no row
   * numbers.
   */
  readonly ids?: "moves" | "computes";
  /** What takes up a constant factor or summand of its output (passes/affine.ts). */
  readonly affine?: "convolution" | "matrix" | "factor" | "summand";
  /**
   * What it pads with itself, so that a Pad in front may be merged: a MaxPool's padding is below every value, an
   * AveragePool's is not counted.
   */
  readonly padsWith?: "zero" | "lowest" | "uncounted";
  /** No output is below zero, whatever the inputs. */
  readonly notNegative?: true;
  /** Trailing outputs may be left out. */
  readonly optionalOutputs?: true;
  /** Weights that q8 stores as int8, with one scale for each index of `axis`: the output channels. */
  readonly weights?: readonly { readonly input: number; readonly axis: number }[];
  /** Inputs that are float32 in a float16 graph too. */
  readonly float32Inputs?: readonly number[];
  /** Adds up elements along axes; in a float16 graph it is float32 where that is fragile (precision/fragile.ts). */
  readonly sums?: true;
  /** Its results are powers of its inputs: a sum of them is fragile. */
  readonly grows?: true;
  /** Computes in float32 in a float16 graph too, what its bodies read included. */
  readonly float32?: true;
  /** Gives other values at every run, and another node of its inputs does too: nodes are not merged. */
  readonly random?: true;
  /** Nodes that onnxruntime's WebGPU provider (1.30) takes and then fails on. */
  readonly failsOnWebgpu?: (attrs: Attrs) => boolean;
}

/** The provider's LSTM and GRU kernels have these activations only. */
const otherActivations = ({ activations }: Attrs): boolean =>
  Array.isArray(activations) &&
  activations.some((name) => !["Sigmoid", "Tanh", "Relu"].includes(name));

/** The provider's ConvTranspose kernel has one and two dimensions. */
const threeDimensions = ({ strides }: Attrs): boolean =>
  Array.isArray(strides) && strides.length > 2;

const unary = { shapes: rule.same, transpose: "unary" } as const;
const binary = { shapes: rule.elementwise, transpose: "broadcast" } as const;
const comparison = { shapes: rule.comparison, transpose: "broadcast" } as const;
const reduction = { shapes: rule.reduce, transpose: "reduce" } as const;
/** W and R are [directions, gates * units, inputs]. */
const recurrent = {
  optionalOutputs: true,
  weights: [
    { input: 1, axis: 1 },
    { input: 2, axis: 1 },
  ],
} as const;

export const OPS: Readonly<Record<string, Operator>> = {
  Abs: { ...unary, notNegative: true },
  Acos: unary,
  Acosh: unary,
  Asin: unary,
  Asinh: unary,
  Atan: unary,
  Atanh: unary,
  Ceil: unary,
  Clip: { ...unary, ids: "computes" },
  Cos: unary,
  Cosh: unary,
  Elu: unary,
  Erf: unary,
  Exp: { ...unary, grows: true },
  Floor: unary,
  HardSigmoid: { ...unary, notNegative: true },
  LeakyRelu: unary,
  IsNaN: { shapes: rule.predicate, transpose: "unary" },
  Log: unary,
  Neg: unary,
  Not: unary,
  Reciprocal: unary,
  Relu: { ...unary, ids: "computes", notNegative: true },
  Round: unary,
  Selu: unary,
  Sigmoid: { ...unary, notNegative: true },
  Sign: unary,
  Sin: unary,
  Sinh: unary,
  Softplus: { ...unary, notNegative: true },
  Softsign: unary,
  Sqrt: unary,
  Tan: unary,
  Tanh: unary,
  Cast: { shapes: rule.cast, transpose: "unary", ids: "moves" },

  Add: { ...binary, ids: "computes", affine: "summand" },
  Sub: { ...binary, ids: "computes" },
  Mul: { ...binary, ids: "computes", affine: "factor" },
  Div: { ...binary, ids: "computes" },
  Max: { ...binary, ids: "computes" },
  Min: { ...binary, ids: "computes" },
  Mod: binary,
  Pow: { ...binary, grows: true },
  PRelu: binary,
  And: binary,
  Or: binary,
  Xor: binary,
  Equal: comparison,
  Greater: comparison,
  GreaterOrEqual: comparison,
  Less: comparison,
  LessOrEqual: comparison,
  Where: { shapes: rule.where, transpose: "broadcast" },

  ReduceLogSumExp: { ...reduction, float32: true },
  ReduceMax: reduction,
  ReduceMean: { ...reduction, sums: true },
  ReduceMin: reduction,
  ReduceProd: reduction,
  ReduceSum: { ...reduction, sums: true },
  ArgMax: { shapes: rule.arg },
  ArgMin: { shapes: rule.arg },
  Softmax: { shapes: rule.same, transpose: "softmax", notNegative: true },
  LogSoftmax: { shapes: rule.same, transpose: "softmax" },
  LayerNormalization: { shapes: rule.same, transpose: "layerNormalization" },
  CumSum: { shapes: rule.same },
  TopK: { shapes: rule.topK },

  Concat: { shapes: rule.concat, transpose: "concat", ids: "moves" },
  DepthToSpace: { shapes: rule.depthToSpace },
  Einsum: { shapes: rule.einsum },
  Expand: { shapes: rule.expand, ids: "moves" },
  Gather: { shapes: rule.gather },
  GatherElements: { shapes: rule.gatherElements },
  GatherND: { shapes: rule.gatherNd },
  Identity: { shapes: rule.same, ids: "moves" },
  NonMaxSuppression: { shapes: rule.nonMaxSuppression, float32: true },
  NonZero: { shapes: rule.nonZero },
  Pad: { shapes: rule.pad, transpose: "pad" },
  Range: { shapes: rule.range, float32: true }, // has no float16
  Reshape: { shapes: rule.reshape, transpose: "flatten", ids: "moves" },
  Resize: { shapes: rule.resize, float32Inputs: [1, 2] }, // roi and scales
  ScatterND: { shapes: rule.same, float32: true }, // onnxruntime's CPU kernel adds up no float16
  Shape: { shapes: rule.shape },
  Slice: { shapes: rule.slice, transpose: "slice", ids: "moves" },
  SpaceToDepth: { shapes: rule.spaceToDepth },
  Split: { shapes: rule.split },
  Squeeze: { shapes: rule.squeeze, transpose: "squeeze", ids: "moves" },
  Tile: { shapes: rule.tile },
  Transpose: { shapes: rule.transpose, ids: "moves" },
  Unsqueeze: { shapes: rule.unsqueeze, transpose: "unsqueeze", ids: "moves" },

  MatMul: {
    shapes: rule.matMul,
    transpose: "matMul",
    affine: "matrix",
    weights: [{ input: 1, axis: 1 }], // [in, out]
  },
  Conv: {
    shapes: rule.conv,
    affine: "convolution",
    padsWith: "zero",
    weights: [{ input: 1, axis: 0 }], // [out, in, ...]
  },
  ConvTranspose: {
    shapes: rule.convTranspose,
    affine: "convolution",
    weights: [{ input: 1, axis: 1 }], // [in, out, ...]
    failsOnWebgpu: threeDimensions,
  },
  LRN: { shapes: rule.same },
  RandomNormalLike: { shapes: rule.same, float32: true, random: true },
  RandomUniformLike: { shapes: rule.same, float32: true, random: true },
  AveragePool: { shapes: rule.pool, padsWith: "uncounted" },
  MaxPool: { shapes: rule.pool, padsWith: "lowest" },

  RNN: { ...recurrent, shapes: rule.oneState },
  GRU: { ...recurrent, shapes: rule.oneState, failsOnWebgpu: otherActivations },
  LSTM: { ...recurrent, shapes: rule.twoStates, failsOnWebgpu: otherActivations },
  If: { shapes: rule.fromBody, float32: true },
  Loop: { shapes: rule.fromBody, float32: true },
  Scan: { shapes: rule.fromBody },
  // Float16 came with set 19.
  DequantizeLinear: { shapes: rule.dequantize, float32: true },
};

/** The row of the operators that have none of their own. */
const OTHER: Operator = {
  shapes: () =>
    refuse(
      'the converter does not know the type of this operator\'s output; give it: b.op(name, inputs, attrs, { dtype: "float32", shape })',
    ),
};

/** The properties of an operator. Throws (internal) for one that is in neither table. */
export function operator(name: string): Operator {
  const row = Object.hasOwn(OPS, name) ? OPS[name] : OTHER_OPS.has(name) ? OTHER : undefined;
  if (!row) throw new Error(`internal: the operator ${name} has no row in ops.ts`);
  return row;
}
