/** The graph builder that layer functions write with: `op` and its shorthands, constants, and Scan. */

import { refuse } from "./errors.ts";
import {
  type Attr,
  type Constant,
  type Dim,
  type DType,
  emptyGraph,
  type Graph,
  isConstant,
  isStatic,
  type Shape,
  sizeOf,
  type Tensor,
  type TensorData,
  uniqueName,
} from "./ir.ts";
import { elementType } from "./onnx/encode.ts";
import { operator } from "./ops.ts";
import type { ValueType } from "./shapes.ts";

/** Writes nodes into one graph; layer functions have no other access to it. */
export interface Builder {
  readonly graph: Graph;
  /** Prefix of the names given from now on: the path of the layer being written. */
  scope: string;
  /**
   * Adds a node with one output. `undefined` inputs are optional inputs left out; `as` is what the caller knows better of
   * the output's type.
   */
  op(
    op: string,
    inputs: readonly (Tensor | undefined)[],
    attrs?: Record<string, Attr>,
    as?: Partial<ValueType>,
  ): Tensor;
  /** Adds a node with several outputs. */
  ops(op: string, inputs: readonly (Tensor | undefined)[], attrs?: Record<string, Attr>): Tensor[];
  /** A named float32 constant. */
  floats(name: string, data: Float32Array | readonly number[], shape?: readonly number[]): Constant;
  /** int64 constants are sizes, axes and indices; `scalar` makes rank 0. */
  ints(values: readonly number[], shape?: readonly number[]): Constant;
  scalar(value: number): Constant;
  constant(name: string, dtype: DType, shape: readonly number[], data: TensorData): Constant;
  cast(x: Tensor, dtype: DType): Tensor;
  transpose(x: Tensor, perm: readonly number[]): Tensor;
  /** ONNX Reshape: 0 copies a size, -1 is what remains. */
  reshape(x: Tensor, sizes: readonly number[], shape?: Shape): Tensor;
  unsqueeze(x: Tensor, axes: readonly number[]): Tensor;
  squeeze(x: Tensor, axes: readonly number[]): Tensor;
  slice(x: Tensor, axis: number, start: number, end: number, step?: number): Tensor;
  /** The size of an axis as an int64 [1]: a constant where it is known. */
  size(x: Tensor, axis: number): Tensor;
  /** Reshape to sizes that may be tensors (from `size`); `shape` is what is known of the result. */
  reshapeTo(x: Tensor, sizes: readonly (number | Tensor)[], shape: Shape): Tensor;
  /** Zeros of a shape with dynamic sizes. */
  zeros(sizes: readonly (number | Tensor)[], shape: Shape): Tensor;
  /** Loops over axis 0 of `sequences`: ONNX Scan. */
  scan(loop: Loop): { states: Tensor[]; sequences: Tensor[] };
}

/** One Scan: `step` gets the states and one item of each sequence, in a builder of its own. */
interface Loop {
  states: readonly Tensor[];
  sequences: readonly Tensor[];
  step(b: Builder, states: Tensor[], items: Tensor[]): { states: Tensor[]; outputs: Tensor[] };
}

/** The end of a Slice that runs to the end of the axis (INT64 extremes do not survive a double). */
export const TO_END = 2 ** 53 - 1;

/**
 * A builder for `graph`; names it gives start with `scope`. Constants go to `home`: a graph's own, or for a body that shares
 * them, the outermost graph around it.
 */
export function builder(graph: Graph = emptyGraph(), scope = "", home = graph): Builder {
  const b: Builder = {
    graph,
    scope,
    ops: (op, inputs, attrs = {}) => addNode(b, home, { op, inputs, attrs }),
    op(op, inputs, attrs = {}, as) {
      const [out] = addNode(b, home, { op, inputs, attrs, count: 1, as });
      if (!out) throw new Error(`internal: ${op} has no output`);
      if (!as) return out;
      const retyped = { ...out, ...as };
      graph.values.set(out.name, retyped);
      return retyped;
    },
    constant(name, dtype, shape, data) {
      return { name: uniqueName(graph, name), dtype, shape, data };
    },
    floats(name, data, shape = [data.length]) {
      const array = data instanceof Float32Array ? data : Float32Array.from(data);
      return b.constant(b.scope ? `${b.scope}/${name}` : name, "float32", shape, array);
    },
    scalar: (value) => b.floats("value", [value], []),
    ints(values, shape = [values.length]) {
      if (!values.every(Number.isInteger))
        refuse(`has sizes or positions that are no whole numbers: [${values}]`);
      const data = BigInt64Array.from(values, BigInt);
      return b.constant(b.scope ? `${b.scope}/sizes` : "sizes", "int64", shape, data);
    },
    cast: (x, dtype) => (x.dtype === dtype ? x : b.op("Cast", [x], { to: elementType(dtype) })),
    transpose: (x, perm) => (perm.every((p, i) => p === i) ? x : b.op("Transpose", [x], { perm })),
    reshape: (x, sizes, shape) => b.op("Reshape", [x, b.ints(sizes)], {}, shape && { shape }),
    unsqueeze: (x, axes) => b.op("Unsqueeze", [x, b.ints(axes)]),
    squeeze: (x, axes) => b.op("Squeeze", [x, b.ints(axes)]),
    slice: (x, axis, start, end, step = 1) =>
      b.op("Slice", [x, b.ints([start]), b.ints([end]), b.ints([axis]), b.ints([step])]),
    size(x, axis) {
      const known = x.shape[axis];
      if (typeof known === "number") return b.ints([known]);
      return b.op("Shape", [x], { start: axis, end: axis + 1 });
    },
    reshapeTo(x, sizes, shape) {
      if (sizes.every((s) => typeof s === "number")) return b.reshape(x, sizes as number[], shape);
      return b.op("Reshape", [x, joined(b, sizes)], {}, { shape });
    },
    zeros(sizes, shape) {
      if (isStatic(shape)) return b.floats("zeros", new Float32Array(sizeOf(shape)), shape);
      return b.op("Expand", [b.floats("zero", [0], [1]), joined(b, sizes)], {}, { shape });
    },
    scan: (loop) => addScan(b, loop),
  };
  return b;
}

interface NewNode {
  op: string;
  inputs: readonly (Tensor | undefined)[];
  attrs: Record<string, Attr>;
  /** How many of the operator's outputs the node has; without it, all. */
  count?: number;
  /** What the caller knows of the output. */
  as?: Partial<ValueType> | undefined;
}

/** Adds a node and the constants it reads; its outputs. */
function addNode(
  { graph, scope }: Builder,
  home: Graph,
  { op, inputs, attrs, count, as }: NewNode,
): Tensor[] {
  const name = uniqueName(graph, scope ? `${scope}/${op}` : op);
  const { shapes } = operator(op);
  const { dtype, shape } = as ?? {};
  const types = dtype && shape ? [{ dtype, shape }] : shapes(inputs, attrs).slice(0, count);
  const outputs = types.map((type, i): Tensor => {
    if (!type.shape.every(isPossible))
      refuse(`would give ${op} an output of shape [${type.shape.map((d) => d ?? "?")}]`);
    const output = { name: uniqueName(graph, `${name}:${i}`), ...type };
    graph.values.set(output.name, output);
    return output;
  });
  const names = inputs.map((t) => t?.name ?? "");
  while (names.at(-1) === "") names.pop();
  for (const t of inputs) if (t && isConstant(t)) home.constants.set(t.name, t);
  graph.nodes.push({
    op,
    name,
    inputs: names,
    outputs: outputs.map((t) => t.name),
    attrs: { ...attrs },
  });
  return outputs;
}

const isPossible = (d: Dim): boolean => typeof d !== "number" || (Number.isInteger(d) && d >= 0);

/** The sizes as one int64 vector. */
function joined(b: Builder, sizes: readonly (number | Tensor)[]): Tensor {
  const parts = sizes.map((s) => (typeof s === "number" ? b.ints([s]) : s));
  return parts.length === 1 ? (parts[0] as Tensor) : b.op("Concat", parts, { axis: 0 });
}

/** Adds a Scan (version 16). Its body is a graph of its own, which reads values of the outer graph by their names. */
function addScan(
  b: Builder,
  { states, sequences, step }: Loop,
): { states: Tensor[]; sequences: Tensor[] } {
  const body = emptyGraph(b.graph.names);
  const inner = builder(body, `${b.scope}/step`);
  const parameter = (t: Tensor, kind: string, shape: Shape): Tensor => {
    const input = { name: uniqueName(body, `${inner.scope}/${kind}`), dtype: t.dtype, shape };
    body.values.set(input.name, input);
    body.inputs.push(input);
    return input;
  };
  const before = states.map((t) => parameter(t, "state", t.shape));
  const items = sequences.map((t) => parameter(t, "item", t.shape.slice(1)));
  const result = step(inner, before, items);
  // a body's outputs need names of their own
  const named = (t: Tensor) => inner.op("Identity", [t]);
  body.outputs = [...result.states.map(named), ...result.outputs.map(named)];
  for (const t of [...states, ...sequences]) if (isConstant(t)) b.graph.constants.set(t.name, t);
  const name = uniqueName(b.graph, `${b.scope}/Scan`);
  const output = (t: Tensor, shape: Shape, i: number): Tensor => {
    const out = { name: uniqueName(b.graph, `${name}:${i}`), dtype: t.dtype, shape };
    b.graph.values.set(out.name, out);
    return out;
  };
  const time = sequences[0]?.shape[0] ?? null;
  const finals = states.map((t, i) => output(t, t.shape, i));
  const stacked = result.outputs.map((t, i) => output(t, [time, ...t.shape], states.length + i));
  b.graph.nodes.push({
    op: "Scan",
    name,
    inputs: [...states, ...sequences].map((t) => t.name),
    outputs: [...finals, ...stacked].map((t) => t.name),
    attrs: { num_scan_inputs: sequences.length },
    bodies: { body },
  });
  return { states: finals, sequences: stacked };
}
