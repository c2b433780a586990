/** The graph builder that the layer functions write with: one method, `op`, plus constants and casts. */

import { infer, type Typed } from "./infer.ts";
import {
  type Attr,
  type Constant,
  type DType,
  emptyGraph,
  type Graph,
  isConstant,
  type Shape,
  type Tensor,
  type TensorData,
  uniqueName,
} from "./ir.ts";
import { elementType } from "./onnx/encode.ts";

export interface Builder {
  readonly graph: Graph;
  /** Prefix of the names given from now on: the path of the layer being written. */
  scope: string;
  /** Adds a node with one output. `undefined` inputs are optional inputs left out. */
  op(
    op: string,
    inputs: readonly (Tensor | undefined)[],
    attrs?: Record<string, Attr>,
    as?: Partial<Typed>,
  ): Tensor;
  /** Adds a node with several outputs. */
  ops(
    op: string,
    inputs: readonly (Tensor | undefined)[],
    attrs?: Record<string, Attr>,
    count?: number,
  ): Tensor[];
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
  /** A builder of a Scan body, sharing this one's names and constants. */
  body(): Builder;
}

/** The end of a Slice that runs to the end of the axis (INT64 extremes do not survive a double). */
export const TO_END = 2 ** 53 - 1;

export function builder(graph: Graph = emptyGraph(), scope = "", outer?: Builder): Builder {
  const b: Builder = {
    graph,
    scope,
    ops(op, inputs, attrs = {}, count = 99) {
      const name = uniqueName(graph, b.scope ? `${b.scope}/${op}` : op);
      const typed = infer(op, inputs, attrs).slice(0, count);
      const outputs = typed.map(({ dtype, shape }, i): Tensor => {
        const out = {
          name: uniqueName(graph, i === 0 ? `${name}:0` : `${name}:${i}`),
          dtype,
          shape,
        };
        graph.values.set(out.name, out);
        return out;
      });
      const names = inputs.map((t) => t?.name ?? "");
      while (names.at(-1) === "") names.pop();
      for (const t of inputs) if (t && isConstant(t)) b.graph.constants.set(t.name, t);
      graph.nodes.push({
        op,
        name,
        inputs: names,
        outputs: outputs.map((t) => t.name),
        attrs: { ...attrs },
      });
      return outputs;
    },
    op(op, inputs, attrs = {}, as) {
      const [out] = b.ops(op, inputs, attrs, 1);
      if (!out) throw new Error(`internal: ${op} has no output`);
      if (!as) return out;
      const typed = { ...out, ...as };
      graph.values.set(out.name, typed);
      return typed;
    },
    constant(name, dtype, shape, data) {
      return { name: uniqueName(graph, name), dtype, shape, data };
    },
    floats(name, data, shape = [data.length]) {
      const array = data instanceof Float32Array ? data : Float32Array.from(data);
      return b.constant(b.scope ? `${b.scope}/${name}` : name, "float32", shape, array);
    },
    scalar(value) {
      return b.floats("value", [value], []);
    },
    ints(values, shape = [values.length]) {
      const data = BigInt64Array.from(values, BigInt);
      return b.constant(b.scope ? `${b.scope}/sizes` : "sizes", "int64", shape, data);
    },
    cast(x, dtype) {
      return x.dtype === dtype ? x : b.op("Cast", [x], { to: elementType(dtype) });
    },
    transpose(x, perm) {
      return perm.every((p, i) => p === i) ? x : b.op("Transpose", [x], { perm });
    },
    reshape(x, sizes, shape) {
      return b.op("Reshape", [x, b.ints(sizes)], {}, shape && { shape });
    },
    unsqueeze(x, axes) {
      return b.op("Unsqueeze", [x, b.ints(axes)]);
    },
    squeeze(x, axes) {
      return b.op("Squeeze", [x, b.ints(axes)]);
    },
    slice(x, axis, start, end, step = 1) {
      return b.op("Slice", [x, b.ints([start]), b.ints([end]), b.ints([axis]), b.ints([step])]);
    },
    body() {
      return builder(emptyGraph(graph.names), b.scope, outer ?? b);
    },
  };
  return b;
}
