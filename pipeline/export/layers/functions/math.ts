/** tf.math and tf.linalg: arithmetic, comparisons, reductions, products. */
import { refuse } from "../../errors.ts";
import { float32 } from "../../graph/call.ts";
import { binary, integer, ofFloat, type TensorFlowFunction, truediv, unary } from "./arguments.ts";

/** Over all axes where none is given. */
const reduction =
  (op: string): TensorFlowFunction =>
  (a) => {
    const x = a.x();
    const axes = a.raw("axis") ?? x.shape.map((_, i) => i);
    return a.one(op, [x, a.constant([axes].flat())], {
      keep_dims: { b: a.raw("keepdims") ?? false },
    });
  };

const arg =
  (op: string): TensorFlowFunction =>
  (a) =>
    a.one(op, [a.x(), a.constant(integer(a, "axis", 0))]);

/** x / sqrt(max(sum(x^2), epsilon)) */
export const l2Normalize: TensorFlowFunction = (a) => {
  const x = float32(a.b, a.x());
  const axes = a.raw("axis") ?? x.shape.map((_, i) => i);
  const squares = a.one("Square", [x]);
  const sum = a.one("Sum", [squares, a.constant([axes].flat())], { keep_dims: { b: true } });
  const least = a.b.scalar(Number(a.raw("epsilon") ?? 1e-12));
  return a.b.op("Div", [x, a.b.op("Sqrt", [a.b.op("Max", [sum, least])])]);
};

const norm: TensorFlowFunction = (a) => {
  if (!["euclidean", 2].includes((a.raw("ord") ?? "euclidean") as string | number))
    refuse(`"ord" is ${JSON.stringify(a.raw("ord"))}; the Euclidean norm is converted`);
  return reduction("EuclideanNorm")(a);
};

const matmul: TensorFlowFunction = (a) => {
  for (const key of ["adjoint_a", "adjoint_b", "a_is_sparse", "b_is_sparse"])
    if (a.raw(key)) refuse(`"${key}" is not converted`);
  return a.one("BatchMatMulV2", [a.x(), a.tensor("b")], {
    adj_x: { b: a.raw("transpose_a") ?? false },
    adj_y: { b: a.raw("transpose_b") ?? false },
  });
};

/** tf.math */
export const MATH: Readonly<Record<string, TensorFlowFunction>> = {
  add: binary("AddV2"),
  subtract: binary("Sub"),
  multiply: binary("Mul"),
  divide: truediv,
  truediv,
  floordiv: binary("FloorDiv"),
  mod: binary("FloorMod"),
  floormod: binary("FloorMod"),
  pow: binary("Pow"),
  maximum: binary("Maximum"),
  minimum: binary("Minimum"),
  squared_difference: binary("SquaredDifference"),
  divide_no_nan: binary("DivNoNan"),
  equal: binary("Equal"),
  not_equal: binary("NotEqual"),
  greater: binary("Greater"),
  greater_equal: binary("GreaterEqual"),
  less: binary("Less"),
  less_equal: binary("LessEqual"),
  logical_and: binary("LogicalAnd"),
  logical_or: binary("LogicalOr"),
  logical_not: unary("LogicalNot"),
  abs: unary("Abs"),
  negative: unary("Neg"),
  sign: unary("Sign"),
  square: unary("Square"),
  sqrt: ofFloat("Sqrt"),
  rsqrt: ofFloat("Rsqrt"),
  reciprocal: ofFloat("Reciprocal"),
  exp: ofFloat("Exp"),
  expm1: ofFloat("Expm1"),
  log: ofFloat("Log"),
  log1p: ofFloat("Log1p"),
  erf: ofFloat("Erf"),
  sin: ofFloat("Sin"),
  cos: ofFloat("Cos"),
  tanh: ofFloat("Tanh"),
  sigmoid: ofFloat("Sigmoid"),
  softplus: ofFloat("Softplus"),
  floor: ofFloat("Floor"),
  ceil: ofFloat("Ceil"),
  round: ofFloat("Round"),
  reduce_mean: reduction("Mean"),
  reduce_sum: reduction("Sum"),
  reduce_max: reduction("Max"),
  reduce_min: reduction("Min"),
  reduce_prod: reduction("Prod"),
  reduce_euclidean_norm: reduction("EuclideanNorm"),
  argmax: arg("ArgMax"),
  argmin: arg("ArgMin"),
  add_n: (a) => a.one("AddN", a.list()),
  l2_normalize: l2Normalize,
};

export const LINALG: Readonly<Record<string, TensorFlowFunction>> = {
  matmul,
  l2_normalize: l2Normalize,
  norm,
};
