/** tf.nn and tf.image: activations, pixels. */
import { refuse } from "../../errors.ts";
import { axisFor, float32 } from "../../graph/call.ts";
import type { Tensor } from "../../ir.ts";
import { bytes, integer, ofFloat, type TensorFlowFunction, unary } from "./arguments.ts";
import { l2Normalize } from "./math.ts";

/** Along any axis; operators of graph models take the last. */
const softmax =
  (onnx: string): TensorFlowFunction =>
  (a) => {
    const x = float32(a.b, a.x());
    return a.b.op(onnx, [x], { axis: axisFor(integer(a, "axis", -1), x.shape.length) });
  };

/** x * sigmoid(beta * x) */
const swish: TensorFlowFunction = (a) => {
  const x = float32(a.b, a.x());
  const beta = Number(a.raw("beta") ?? 1);
  const inner = beta === 1 ? x : a.b.op("Mul", [x, a.b.scalar(beta)]);
  return a.b.op("Mul", [x, a.b.op("Sigmoid", [inner])]);
};

/** x / 2 * (1 + erf(x / sqrt(2))), or its approximation with tanh. */
const gelu: TensorFlowFunction = (a) => {
  const { b } = a;
  const x = float32(b, a.x());
  const times = (t: Tensor, c: number) => b.op("Mul", [t, b.scalar(c)]);
  const cube = () => b.op("Mul", [b.op("Mul", [x, x]), x]);
  const curve = a.raw("approximate")
    ? b.op("Tanh", [times(b.op("Add", [x, times(cube(), 0.044715)]), Math.sqrt(2 / Math.PI))])
    : b.op("Erf", [times(x, Math.SQRT1_2)]);
  return b.op("Mul", [times(x, 0.5), b.op("Add", [curve, b.scalar(1)])]);
};

const leakyRelu: TensorFlowFunction = (a) =>
  a.one("LeakyRelu", [a.x()], { alpha: { f: a.raw("alpha") ?? 0.2 } });

const METHODS: Readonly<Record<string, string>> = {
  bilinear: "ResizeBilinear",
  nearest: "ResizeNearestNeighbor",
  "0": "ResizeBilinear",
  "1": "ResizeNearestNeighbor",
};

/** Version 2 takes pixels at their centres; version 1 at their corners, unless it is told otherwise. */
const resize =
  (version: 1 | 2, only?: string): TensorFlowFunction =>
  (a) => {
    const method = only ?? String(a.raw("method") ?? "bilinear").toLowerCase();
    const op =
      METHODS[method] ?? refuse(`resizes with "${method}"; bilinear and nearest are converted`);
    for (const key of ["preserve_aspect_ratio", "antialias"])
      if (a.raw(key)) refuse(`"${key}" is not converted`);
    return a.one(op, [a.x(), a.tensor("size")], {
      align_corners: { b: a.raw("align_corners") ?? false },
      half_pixel_centers: { b: a.raw("half_pixel_centers") ?? version === 2 },
    });
  };

/** The weights of ITU-R BT.601, over the channels, which are last. */
const grayscale: TensorFlowFunction = (a) => {
  const weights = a.b.floats("weights", [0.2989, 0.587, 0.114]);
  const weighted = a.b.op("Mul", [float32(a.b, a.x()), weights]);
  return a.one("Sum", [weighted, a.constant([-1])], { keep_dims: { b: true } });
};

const space =
  (op: string): TensorFlowFunction =>
  (a) =>
    a.one(op, [a.x()], {
      block_size: { i: integer(a, "block_size", 2) },
      data_format: { s: bytes(String(a.raw("data_format") ?? "NHWC")) },
    });

/** tf.nn */
export const NN: Readonly<Record<string, TensorFlowFunction>> = {
  relu: unary("Relu"),
  relu6: unary("Relu6"),
  elu: ofFloat("Elu"),
  selu: ofFloat("Selu"),
  leaky_relu: leakyRelu,
  silu: swish,
  swish,
  gelu,
  sigmoid: ofFloat("Sigmoid"),
  tanh: ofFloat("Tanh"),
  softplus: ofFloat("Softplus"),
  softsign: ofFloat("Softsign"),
  softmax: softmax("Softmax"),
  log_softmax: softmax("LogSoftmax"),
  l2_normalize: l2Normalize,
  bias_add: (a) => a.one("BiasAdd", [a.x(), a.tensor("bias")]),
  depth_to_space: space("DepthToSpace"),
  space_to_depth: space("SpaceToDepth"),
};

/** tf.image */
export const IMAGE: Readonly<Record<string, TensorFlowFunction>> = {
  resize: resize(2),
  resize_bilinear: resize(1, "bilinear"),
  resize_nearest_neighbor: resize(1, "nearest"),
  rgb_to_grayscale: grayscale,
};

/** Functions of version 1 that do something else than those of the same name. */
export const VERSION_1: Readonly<Record<string, TensorFlowFunction>> = {
  "compat.v1.image.resize": resize(1),
};
