/** Activations: the functions that tfjs knows by name, and the activation layers. */
import type { Builder } from "../builder.ts";
import { camelCase, isRecord, type LayerConfig, number } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Tensor } from "../ir.ts";
import {
  argument,
  expectShape,
  float,
  isKeras,
  type LayerCall,
  type LayerFunction,
} from "./layer.ts";

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
  // Keras 3's; hardSigmoid is Keras 2's and tfjs's
  hardSigmoid3: (b, x) => b.op("HardSigmoid", [x], { alpha: 1 / 6, beta: 0.5 }),
  hardSilu: (b, x) => b.op("Mul", [x, b.op("HardSigmoid", [x], { alpha: 1 / 6, beta: 0.5 })]),
  hardTanh: (b, x) => b.op("Clip", [x, b.scalar(-1), b.scalar(1)]),
  exponential: plain("Exp"),
  leakyRelu: (b, x) => b.op("LeakyRelu", [x], { alpha: 0.2 }),
  celu: plain("Elu"),
  tanhShrink: (b, x) => b.op("Sub", [x, b.op("Tanh", [x])]),
  logSigmoid: (b, x) =>
    b.op("Mul", [b.op("Softplus", [b.op("Mul", [x, b.scalar(-1)])]), b.scalar(-1)]),
  geluNew: (b, x) => {
    const cube = b.op("Mul", [b.op("Mul", [x, x]), x]);
    const inner = b.op("Add", [x, b.op("Mul", [cube, b.scalar(0.044715)])]);
    const tanh = b.op("Tanh", [b.op("Mul", [inner, b.scalar(Math.sqrt(2 / Math.PI))])]);
    return b.op("Mul", [b.op("Mul", [x, b.scalar(0.5)]), b.op("Add", [tanh, b.scalar(1)])]);
  },
};

/** Other names of activations. */
const SYNONYMS: Readonly<Record<string, string>> = { silu: "swish", hardSwish: "hardSilu" };

/** The name of an activation as a config gives it: a string, null, or an object with a class or function name. */
export function activationName(
  config: LayerConfig,
  key = "activation",
  fallback = "linear",
): string {
  const value = config[key] === undefined ? fallback : config[key];
  const named = isRecord(value) && value.className === "function" ? value.config : undefined;
  const raw = named ?? (isRecord(value) ? value.className : (value ?? "linear"));
  const given = typeof raw === "string" ? camelCase(raw) : "";
  const name = SYNONYMS[given] ?? given;
  if (!Object.hasOwn(ACTIVATIONS, name)) {
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
export const ReLU: LayerFunction = (call) => {
  const { b, config } = call;
  const x = float(b, call.x);
  if (isKeras(call) && (Boolean(config.negativeSlope) || Boolean(config.threshold)))
    return kerasRelu(call, x);
  const max = config.maxValue;
  return typeof max === "number"
    ? b.op("Clip", [x, b.scalar(0), b.scalar(max)])
    : b.op("Relu", [x]);
};

/** min(x, max) for x >= threshold, else slope * (x - threshold). */
function kerasRelu({ b, config }: LayerCall, x: Tensor): Tensor {
  const slope = number(config, "negativeSlope", 0);
  const threshold = number(config, "threshold", 0);
  const max = config.maxValue;
  const above = typeof max === "number" ? b.op("Min", [x, b.scalar(max)]) : x;
  const below = b.op("Mul", [b.op("Sub", [x, b.scalar(threshold)]), b.scalar(slope)]);
  const isBelow = b.op("Greater", [b.scalar(threshold), x]);
  return b.op("Where", [isBelow, below, above]);
}

/** x for x >= 0, else alpha * x; Keras 3 calls alpha negative_slope. */
export const LeakyReLU: LayerFunction = (call) => {
  const { b, x, config } = call;
  const key = isKeras(call) && config.alpha === undefined ? "negativeSlope" : "alpha";
  const alpha = number(config, key, 0.3);
  return b.op("LeakyRelu", [float(b, x)], { alpha });
};

/** x for x > 0, else alpha * (exp(x) - 1). */
export const ELU: LayerFunction = ({ b, x, config }) => {
  const alpha = number(config, "alpha", 1);
  return b.op("Elu", [float(b, x)], alpha === 1 ? {} : { alpha });
};

/** x where x > theta (not equal), else 0; of NaN, NaN, where ONNX's ThresholdedRelu is 0. */
export const ThresholdedReLU: LayerFunction = (call) => {
  const { b, config } = call;
  const x = float(b, call.x);
  const above = b.op("Greater", [x, b.scalar(number(config, "theta", 1))]);
  return b.op("Mul", [x, float(b, above)]);
};

/** alpha has the input's shape without batch, 1 on shared axes, so it broadcasts from the right. */
export const PReLU: LayerFunction = (call) => {
  const alpha = call.weight("alpha");
  const shared = call.config.sharedAxes;
  const sizes = call.x.shape
    .slice(1)
    .map((d, i) => (Array.isArray(shared) && shared.includes(i + 1) ? 1 : d));
  expectShape(alpha, sizes, call.x);
  return call.b.op("PRelu", [float(call.b, call.x), alpha]);
};

/** `axis` is one axis (then tfjs wants the last) or several: exp(x - logsumexp(x)). A mask subtracts 1e9. */
export const Softmax: LayerFunction = (call) => {
  const { b, x, config } = call;
  const mask = argument(call, 1, "mask") ?? call.mask;
  const rank = x.shape.length;
  const axis = config.axis ?? (isKeras(call) ? -1 : 1);
  const axes = (Array.isArray(axis) ? axis : [axis]).map((a) => (a < 0 ? a + rank : a));
  if (axes.some((a) => !(a >= 0 && a < rank)))
    refuse(`"axis" ${JSON.stringify(axis)} does not fit an input of rank ${rank}`);
  let scores = float(b, x);
  if (mask) {
    const hidden = b.op("Mul", [b.op("Sub", [b.scalar(1), float(b, mask)]), b.scalar(-1e9)]);
    scores = b.op("Add", [scores, hidden]);
  }
  if (axes.length === 1) {
    if (isKeras(call)) return b.op("Softmax", [scores], { axis: axes[0] as number });
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
