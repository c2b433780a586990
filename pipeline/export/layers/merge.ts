/** Merge layers: several inputs, one output. */
import type { Builder } from "../builder.ts";
import { flag } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Dim, Tensor } from "../ir.ts";
import { InputSlot } from "../nodes.ts";
import { float, isKeras, type LayerCall, type LayerFunction, refuseAsTfjs } from "./layer.ts";

/** tfjs raises lower ranks by inserting axes behind the batch; numpy puts them in front of the shape. */
function sameRank(b: Builder, inputs: readonly Tensor[]): Tensor[] {
  const rank = Math.max(...inputs.map((t) => t.shape.length));
  return inputs.map((t) => {
    const missing = rank - t.shape.length;
    return missing > 0
      ? b.unsqueeze(
          t,
          Array.from({ length: missing }, (_, i) => i + 1),
        )
      : t;
  });
}

/** An operation of Keras 3 takes constants too: `x * 2` has the arguments [tensor, 2]. */
function constants({ b, args, inputs }: LayerCall): readonly Tensor[] {
  if (!args.some((arg) => typeof arg === "number")) return inputs;
  return args.map((arg) => {
    if (typeof arg === "number") return b.scalar(arg);
    return arg instanceof InputSlot
      ? (inputs[arg.index] as Tensor)
      : refuse(`has the argument ${JSON.stringify(arg)}; tensors and numbers are converted`);
  });
}

/** Inputs of one rank and one type. */
function operands(call: LayerCall): Tensor[] {
  const { b } = call;
  const inputs = constants(call);
  if (inputs !== call.inputs) return inputs.map((t) => float(b, t));
  if (inputs.length < 2) refuse(`has ${inputs.length} input; a merge needs two or more`);
  // integers stay integers only where all inputs are
  const mixed =
    inputs.some((t) => t.dtype !== inputs[0]?.dtype) || inputs.some((t) => t.dtype !== "int32");
  return sameRank(b, mixed ? inputs.map((t) => float(b, t)) : inputs);
}

/** op(op(a, b), c): Add and Mul take two inputs only. */
function chain(b: Builder, op: string, [first, ...rest]: Tensor[]): Tensor {
  return rest.reduce((sum, t) => b.op(op, [sum, t]), first as Tensor);
}

/** Keras 3 fills masked steps of these by rules of their own, where it is the layer and not the operation. */
function refuseMasked({ layer, args, masks }: LayerCall): void {
  const isLayer = Array.isArray(args[0]) || args.length === 0;
  if (layer.dialect === "keras3" && isLayer && masks.some((m) => m))
    refuse("has masked inputs, which Keras 3 merges by a rule of its own that is not converted");
}

/** x + y + ... */
export const Add: LayerFunction = (call) => chain(call.b, "Add", operands(call));
export const Multiply: LayerFunction = (call) => {
  refuseMasked(call);
  return chain(call.b, "Mul", operands(call));
};
/** x - y and x / y take two inputs. */
const pair =
  (op: "Sub" | "Div"): LayerFunction =>
  (call) => {
    const list = operands(call);
    if (list.length !== 2) refuse(`has ${list.length} inputs, it takes two`);
    return call.b.op(op, list);
  };
export const Subtract = pair("Sub");
export const Divide = pair("Div");
/** How Keras 3 writes the mask of an Embedding: x != 0. */
export const NotEqual: LayerFunction = (call) =>
  call.b.op("Not", [call.b.op("Equal", operands(call))]);
export const Maximum: LayerFunction = (call) => {
  refuseMasked(call);
  return call.b.op("Max", operands(call));
};
export const Minimum: LayerFunction = (call) => {
  refuseMasked(call);
  return call.b.op("Min", operands(call));
};
/** The sum times 1 / n. */
export const Average: LayerFunction = (call) => {
  const list = operands(call).map((t) => float(call.b, t));
  return call.b.op("Mul", [chain(call.b, "Add", list), call.b.scalar(1 / list.length)]);
};

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Whether all sizes that are known are equal. */
const isOneSize = (sizes: readonly (Dim | undefined)[]): boolean =>
  new Set(sizes.filter((d) => typeof d === "number")).size <= 1;

/** Any negative axis is the last one at run time in tfjs, -2 too. */
export const Concatenate: LayerFunction = (call) => {
  const { b, inputs, config } = call;
  const given = typeof config.axis === "number" ? config.axis : -1;
  const rank = inputs[0]?.shape.length ?? 0;
  const shapes = () => inputs.map((t) => `[${t.shape.map((d) => d ?? "?")}]`).join(", ");
  if (inputs.some((t) => t.shape.length !== rank))
    refuseAsTfjs(call, `inputs have different ranks: ${shapes()}`);
  const axis = given >= 0 ? given : rank + (isKeras(call) ? given : -1);
  const fit = range(rank).every((i) => i === axis || isOneSize(inputs.map((t) => t.shape[i])));
  if (!fit) refuseAsTfjs(call, `inputs ${shapes()} differ in another axis than ${axis}`);
  const mixed = inputs.some((t) => t.dtype !== inputs[0]?.dtype);
  if (inputs.length === 1) return b.op("Identity", [...inputs]);
  return b.op("Concat", mixed ? inputs.map((t) => float(b, t)) : inputs, { axis });
};

/** Contracts x over axes[0] and y over axes[1]; ranks 2 and 3, as in tfjs. */
export const Dot: LayerFunction = (call) => {
  const { b, config } = call;
  if (call.inputs.length !== 2) refuse(`has ${call.inputs.length} inputs, Dot takes two`);
  let [x, y] = call.inputs.map((t) => float(b, t)) as [Tensor, Tensor];
  const [rx, ry] = [x.shape.length, y.shape.length];
  if (rx > 3 || ry > 3 || rx < 2 || ry < 2)
    refuse(`inputs have ranks ${rx} and ${ry}; tfjs computes Dot for 2 and 3`);
  const given = Array.isArray(config.axes) ? config.axes : [config.axes, config.axes];
  const [ax, ay] = [
    given[0] < 0 ? given[0] + rx : given[0],
    given[1] < 0 ? given[1] + ry : given[1],
  ] as [number, number];
  if (!(ax > 0 && ax < rx && ay > 0 && ay < ry))
    refuse(`"axes" ${JSON.stringify(config.axes)} do not fit ranks ${rx} and ${ry}`);
  if (flag(config, "normalize", false)) [x, y] = [normalised(b, x, ax), normalised(b, y, ay)];
  if (rx === 2 && ry === 2)
    return b.op("ReduceSum", [b.op("Mul", [x, y]), b.ints([1])], { keepdims: 1 });
  // rows x columns: the contracted axis last on the left, second on the right
  const left = rx === 2 ? b.unsqueeze(x, [1]) : ax === 2 ? x : b.transpose(x, [0, 2, 1]);
  const right = ry === 2 ? b.unsqueeze(y, [2]) : ay === 1 ? y : b.transpose(y, [0, 2, 1]);
  const product = b.op("MatMul", [left, right]);
  if (rx === 2) return b.squeeze(product, [1]);
  return ry === 2 ? b.squeeze(product, [2]) : product;
};

/** x / sqrt(max(sum(x^2), 1e-7)): tfjs clamps, LpNormalization would not. */
function normalised(b: Builder, x: Tensor, axis: number): Tensor {
  const sum = b.op("ReduceSum", [b.op("Mul", [x, x]), b.ints([axis])], { keepdims: 1 });
  return b.op("Div", [x, b.op("Sqrt", [b.op("Max", [sum, b.scalar(1e-7)])])]);
}
