/** How Keras 2 writes TensorFlow functions that a model calls between its layers: `x / 127.5`, `tf.reshape(x, ...)`. */
import { isRecord, type LayerConfig } from "./config.ts";
import { InputSlot, type LayerInputs, type Report, refOf, type TensorRef } from "./nodes.ts";

/** Their classes, which Keras 2.4 (TensorFlow 2.4) and later write. */
export const OPERATION_CLASSES = ["TFOpLambda", "SlicingOpLambda"];

/** What stands in place of a layer's name where the first argument is not a tensor of the model. */
const CONSTANT = "_CONSTANT_VALUE";

/**
 * All calls from `inbound_nodes`. The first argument is `[layer, node, tensor, {others}]`, or a list of those; where it is
 * a constant, `["_CONSTANT_VALUE", -1, value, {others}]`. The others are named, tensors among them `[layer, node, tensor]`.
 */
export function readOperationCalls(nodes: unknown, report: Report): LayerInputs[] {
  if (!Array.isArray(nodes)) {
    report("inbound_nodes is missing");
    return [];
  }
  return nodes.map((node) => readCall(node));
}

function readCall(node: unknown): LayerInputs {
  const inputs: TensorRef[] = [];
  const place = (value: unknown): unknown => {
    const ref = refOf(value);
    if (ref) return new InputSlot(inputs.push(ref) - 1);
    return Array.isArray(value) ? value.map(place) : value;
  };
  let named: Record<string, unknown> = {};
  const first = (value: unknown): unknown => {
    if (!Array.isArray(value)) return value;
    if (typeof value[0] !== "string") return value.map(first);
    if (isRecord(value[3])) named = value[3];
    return value[0] === CONSTANT ? value[2] : place(value.slice(0, 3));
  };
  const args = [first(node)];
  const kwargs = Object.fromEntries(Object.entries(named).map(([k, v]) => [k, place(v)]));
  return { inputs, args, kwargs };
}

/** What Keras 3 calls the arithmetic of a tensor and a number. */
const ARITHMETIC: Readonly<Record<string, string>> = {
  add: "Add",
  subtract: "Subtract",
  multiply: "Multiply",
  truediv: "TrueDivide",
  divide: "TrueDivide",
};

interface Operation {
  className: string;
  config: LayerConfig;
  calls: LayerInputs[];
}

/** Rewrites the arithmetic of a tensor and a number as Keras 3 writes it, which tfjs's Rescaling can be compared with. */
export function asKeras3Arithmetic(layer: Operation): void {
  const [, name] = /^(?:math|__operators__)\.(\w+)$/.exec(functionOf(layer.config)) ?? [];
  const className = layer.className === "TFOpLambda" && name ? ARITHMETIC[name] : undefined;
  const calls = layer.calls.map(({ args, kwargs, ...call }) => ({
    ...call,
    args: [args?.[0], kwargs?.y],
  }));
  const isPlain = calls.every(
    ({ args, inputs }) => inputs.length === 1 && args.some((arg) => typeof arg === "number"),
  );
  if (className && isPlain) Object.assign(layer, { className, calls });
}

/** `math.reduce_mean`, `compat.v1.transpose`: the name that TensorFlow exports the function under. */
export function functionOf(config: LayerConfig): string {
  return typeof config.function === "string" ? config.function : "";
}
