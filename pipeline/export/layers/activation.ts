/** Activations: the functions that tfjs knows by name, and the activation layers. */
import type { Builder } from "../builder.ts";
import { camelCase, isRecord, type LayerConfig, number } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Tensor } from "../ir.ts";
import { expectShape, float, type LayerFunction } from "./layer.ts";

/** `axis` is the axis of the channels, which only the softmaxes use. */
type Activation = (b: Builder, x: Tensor, axis: number) => Tensor;

const plain =
  (op: string): Activation =>
  (b, x) =>
    b.op(op, [x]);

/** tfjs activation name (camelCase) -> nodes. Every entry equals tfjs up to rounding. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  linear: (_, x) => x,
  relu: plain("Relu"),
  relu6: (b, x) => b.op("Clip", [x, b.scalar(0), b.scalar(6)]),
  elu: plain("Elu"),
  selu: plain("Selu"),
  sigmoid: plain("Sigmoid"),
  tanh: plain("Tanh"),
  softplus: plain("Softplus"),
  softsign: plain("Softsign"),
  hardSigmoid: plain("HardSigmoid"), // ONNX's default slope 0.2 and offset 0.5 are tfjs's
  softmax: (b, x, axis) => b.op("Softmax", [x], { axis }),
  logSoftmax: (b, x, axis) => b.op("LogSoftmax", [x], { axis }),
  swish: (b, x) => b.op("Mul", [x, b.op("Sigmoid", [x])]),
  mish: (b, x) => b.op("Mul", [x, b.op("Tanh", [b.op("Softplus", [x])])]),
  // the operator Gelu exists from opset 20 on
  gelu: (b, x) => {
    const erf = b.op("Erf", [b.op("Mul", [x, b.scalar(Math.SQRT1_2)])]);
    return b.op("Mul", [b.op("Mul", [x, b.scalar(0.5)]), b.op("Add", [erf, b.scalar(1)])]);
  },
  geluNew: (b, x) => {
    const cube = b.op("Mul", [b.op("Mul", [x, x]), x]);
    const inner = b.op("Add", [x, b.op("Mul", [cube, b.scalar(0.044715)])]);
    const tanh = b.op("Tanh", [b.op("Mul", [inner, b.scalar(Math.sqrt(2 / Math.PI))])]);
    return b.op("Mul", [b.op("Mul", [x, b.scalar(0.5)]), b.op("Add", [tanh, b.scalar(1)])]);
  },
};

/** The name of an activation as a config gives it: a string, null, or an object with a class name. */
export function activationName(
  config: LayerConfig,
  key = "activation",
  fallback = "linear",
): string {
  const value = config[key] === undefined ? fallback : config[key];
  const raw = isRecord(value) ? value.className : (value ?? "linear");
  const name = typeof raw === "string" ? camelCase(raw) : "";
  if (!(name in ACTIVATIONS)) {
    refuse(
      `"${key}" is ${JSON.stringify(value)}; known activations are ${Object.keys(ACTIVATIONS).join(", ")}`,
    );
  }
  return name;
}

/** Applies an activation that activationName has checked. */
export function activate(b: Builder, x: Tensor, name: string, axis = -1): Tensor {
  const activation = ACTIVATIONS[name];
  if (!activation) throw new Error(`internal: activation ${name} was not checked`);
  return activation(b, float(b, x), axis);
}

/** Any activation, on an input of any rank. */
export const Activation: LayerFunction = ({ b, x, config }) =>
  activate(b, x, activationName(config));

/** tfjs reads max_value only; negative_slope and threshold are ignored, as there. */
export const ReLU: LayerFunction = ({ b, x, config }) => {
  const max = config.maxValue;
  return typeof max === "number"
    ? b.op("Clip", [float(b, x), b.scalar(0), b.scalar(max)])
    : b.op("Relu", [float(b, x)]);
};

/** x for x >= 0, else alpha * x. */
export const LeakyReLU: LayerFunction = ({ b, x, config }) =>
  b.op("LeakyRelu", [float(b, x)], { alpha: number(config, "alpha", 0.3) });

/** x for x > 0, else exp(x) - 1. */
export const ELU: LayerFunction = ({ b, x, config }) => {
  const alpha = number(config, "alpha", 1);
  if (alpha !== 1) refuse(`"alpha" is ${alpha}; tfjs itself supports 1 only`);
  return b.op("Elu", [float(b, x)]);
};

/** x where x > theta (not equal), else 0. */
export const ThresholdedReLU: LayerFunction = ({ b, x, config }) =>
  b.op("ThresholdedRelu", [float(b, x)], { alpha: number(config, "theta", 1) });

/** alpha has the input's shape without batch, 1 on shared axes, so it broadcasts from the right. */
export const PReLU: LayerFunction = (call) => {
  const alpha = call.weight("alpha");
  expectShape(alpha, Array(call.x.shape.length - 1).fill(undefined));
  return call.b.op("PRelu", [float(call.b, call.x), alpha]);
};

/** `axis` is one axis (then tfjs wants the last) or several: exp(x - logsumexp(x)). A mask subtracts 1e9. */
export const Softmax: LayerFunction = ({ b, x, config, mask }) => {
  const rank = x.shape.length;
  const axis = config.axis ?? 1;
  const axes = (Array.isArray(axis) ? axis : [axis]).map((a) => (a < 0 ? a + rank : a));
  if (axes.some((a) => !(a >= 0 && a < rank)))
    refuse(`"axis" ${JSON.stringify(axis)} does not fit an input of rank ${rank}`);
  let scores = float(b, x);
  if (mask) {
    const hidden = b.op("Mul", [b.op("Sub", [b.scalar(1), float(b, mask)]), b.scalar(-1e9)]);
    scores = b.op("Add", [scores, hidden]);
  }
  if (axes.length === 1) {
    if (axes[0] !== rank - 1)
      refuse(
        `softmax over axis ${axes[0]} of rank ${rank}: tfjs computes it over the last axis only`,
      );
    return b.op("Softmax", [scores], { axis: -1 });
  }
  return b.op("Exp", [
    b.op("Sub", [scores, b.op("ReduceLogSumExp", [scores], { axes, keepdims: 1 })]),
  ]);
};
