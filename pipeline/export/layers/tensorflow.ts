/** TensorFlow operators and functions between the layers of a Keras 2 model, written as the graph models' operators are. */
import { camelCase, isRecord } from "../config.ts";
import { refuse } from "../errors.ts";
import { attributes, type RawAttrs } from "../graph/attrs.ts";
import { opCall } from "../graph/call.ts";
import { type FoldingBuilder, foldingBuilder } from "../graph/fold/builder.ts";
import { TF_OPS } from "../graph/registry.ts";
import { isList, type Value } from "../graph/value.ts";
import { type Graph, isConstant, type Tensor } from "../ir.ts";
import { InputSlot } from "../nodes.ts";
import { functionOf } from "../operations.ts";
import type { Arguments } from "./functions/arguments.ts";
import { functionNamed } from "./functions/table.ts";
import type { LayerCall, LayerFunction } from "./layer.ts";

/** What is known of sizes is shared by all operators of a graph: one asks for a shape, another reshapes to it. */
const BUILDERS = new WeakMap<Graph, FoldingBuilder>();

function foldingBuilderOf({ b }: LayerCall): FoldingBuilder {
  const folding = BUILDERS.get(b.graph) ?? foldingBuilder(b.graph);
  BUILDERS.set(b.graph, folding);
  folding.scope = b.scope;
  return folding;
}

/** The model's tensor with an element type that the operators know. */
function operand(b: FoldingBuilder, x: Tensor): Tensor {
  return ["float32", "int32", "bool"].includes(x.dtype) ? x : b.cast(x, "int32");
}

/** Numbers, or lists of them to any depth: float32 where one has a fraction, else int32; truth values are bool. */
function literal(b: FoldingBuilder, given: unknown): Tensor {
  const array = isRecord(given) && given.className === "__numpy__" ? given.config : undefined;
  const value = isRecord(array) ? array.value : given;
  const shape: number[] = [];
  for (let v = value; Array.isArray(v); v = v[0]) shape.push(v.length);
  const flat = [value].flat(Number.POSITIVE_INFINITY);
  const name = `${b.scope}/constant`;
  if (flat.length !== shape.reduce((n, d) => n * d, 1)) refuse("has a constant with uneven rows");
  if (flat.every((v) => typeof v === "boolean"))
    return b.constant(name, "bool", shape, Uint8Array.from(flat, Number));
  if (!flat.every((v) => typeof v === "number"))
    refuse(`has the constant ${JSON.stringify(value)}; numbers and truth values are converted`);
  return flat.every(Number.isInteger)
    ? b.constant(name, "int32", shape, Int32Array.from(flat))
    : b.constant(name, "float32", shape, Float32Array.from(flat));
}

function run(
  b: FoldingBuilder,
  op: string,
  values: readonly Value[],
  attrs: RawAttrs = {},
): Value[] {
  const write = Object.hasOwn(TF_OPS, op) ? TF_OPS[op] : undefined;
  if (!write) refuse(`there is no conversion for the TensorFlow operator "${op}"`);
  return [write(opCall(b, op, attributes(attrs), values))].flat();
}

function tensorsOf(values: readonly Value[]): Tensor[] {
  return values.map((value) => (isList(value) ? refuse("gives a list of tensors") : value));
}

/** Attributes are named in camelCase after the file has been read; TensorFlow has `block_size`, `T` and `DstT`. */
function rawAttributes(attr: unknown): RawAttrs {
  const entries = Object.entries(isRecord(attr) ? attr : {}).map(([key, value]) => [
    /^[a-z]/.test(key) ? key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : key,
    value,
  ]);
  return Object.fromEntries(entries) as RawAttrs;
}

/** Keras of TensorFlow 2.0 to 2.3: the operator's node, and those of its inputs that are constants by their number. */
export const TensorFlowOpLayer: LayerFunction = (call) => {
  const b = foldingBuilderOf(call);
  const { nodeDef, constants } = call.config;
  if (!isRecord(nodeDef) || typeof nodeDef.op !== "string")
    refuse('"node_def" is not JSON with an "op"; save the model with TensorFlow 2.1 or later');
  const given = call.inputs.map((x) => operand(b, x));
  const fixed = isRecord(constants) ? constants : {};
  const count = given.length + Object.keys(fixed).length;
  const values = Array.from({ length: count }, (_, i) =>
    i in fixed ? literal(b, fixed[i]) : (given.shift() ?? refuse(`input ${i} is missing`)),
  );
  return tensorsOf(run(b, nodeDef.op, values, rawAttributes(nodeDef.attr)));
};

/** Keras of TensorFlow 2.4 and later: a function by its name, and its arguments. */
export const TFOpLambda: LayerFunction = (call) => {
  const name = functionOf(call.config);
  const write = functionNamed(name) ?? refuse(`there is no conversion for the function tf.${name}`);
  return tensorsOf([write(argumentsOf(call))].flat());
};

function argumentsOf(call: LayerCall): Arguments {
  const b = foldingBuilderOf(call);
  const asTensor = (value: unknown): Tensor => {
    if (value instanceof InputSlot) return operand(b, call.inputs[value.index] as Tensor);
    // sizes of which some are computed, as in tf.reshape(x, [tf.shape(x)[0], 12])
    if (Array.isArray(value) && value.some(holdsInput)) {
      const parts = value.map(asTensor);
      const whole = parts.find((part) => !isConstant(part))?.dtype ?? "int32";
      const [packed] = tensorsOf(
        run(
          b,
          "Pack",
          parts.map((part) => b.cast(part, whole)),
        ),
      );
      return packed as Tensor;
    }
    return literal(b, value);
  };
  const raw = (name: string) => call.kwargs[camelCase(name)] ?? undefined;
  const named = (name: string): Tensor => {
    const value = raw(name);
    return value === undefined ? refuse(`the argument "${name}" is missing`) : asTensor(value);
  };
  return {
    b,
    x: () => asTensor(call.args[0]),
    list: () => {
      const [first] = call.args;
      return Array.isArray(first) ? first.map(asTensor) : [asTensor(first)];
    },
    raw,
    tensor: named,
    constant: (value) => literal(b, value),
    run: (op, values, attrs) => run(b, op, values, attrs),
    one: (op, values, attrs) => tensorsOf(run(b, op, values, attrs))[0] as Tensor,
  };
}

function holdsInput(value: unknown): boolean {
  return value instanceof InputSlot || (Array.isArray(value) && value.some(holdsInput));
}
