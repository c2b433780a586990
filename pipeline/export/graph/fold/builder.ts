/** The builder of graph models: computes what is constant, and keeps track of sizes on their way through the graph. */
import { type Builder, builder } from "../../builder.ts";
import { type Attr, type Constant, type Graph, isConstant, type Tensor } from "../../ir.ts";
import type { ValueType } from "../../shapes.ts";
import type { Values } from "./arrays.ts";
import { evaluate } from "./evaluate.ts";
import { type Sizes, sizesAfter, sizesOfConstant } from "./sizes.ts";

/** A builder whose operators on constants are constants. */
export interface FoldingBuilder extends Builder {
  /** What is known of an integer tensor's values: see fold/sizes.ts. */
  sizesOf(tensor: Tensor): Sizes | undefined;
  /** A builder for a body inside this graph, which reads its values. */
  inside(graph: Graph, scope: string): FoldingBuilder;
}

/** Names of sizes begin with it where neither the model nor its user has named them. */
const OPEN = "?";

/** Whether a size has a name that was only given to follow it through the graph. */
export const isOpen = (size: unknown): boolean => typeof size === "string" && size.startsWith(OPEN);

interface Knowledge {
  sizes: Map<string, Sizes>;
  /** How many sizes have been named. */
  open: { count: number };
}

export function foldingBuilder(
  graph?: Graph,
  scope = "",
  knowledge: Knowledge = { sizes: new Map(), open: { count: 0 } },
): FoldingBuilder {
  const plain = builder(graph, scope);
  const { op: addOne, ops: addAll } = plain;
  const { sizes, open } = knowledge;

  const sizesOf = (tensor: Tensor | undefined): Sizes | undefined =>
    tensor && (isConstant(tensor) ? sizesOfConstant(tensor) : sizes.get(tensor.name));

  const constantOf = (op: string, { dtype, shape, data }: Values): Constant =>
    b.constant(b.scope ? `${b.scope}/${op}` : op, dtype, shape, data);

  /** Gives a name to every size that has none, so that it can be recognised further on. */
  const named = (tensor: Tensor): Tensor => {
    if (!tensor.shape.includes(null)) return tensor;
    const shape = tensor.shape.map((d) => d ?? `${OPEN}${open.count++}`);
    const known = { ...tensor, shape };
    b.graph.values.set(tensor.name, known);
    return known;
  };

  /** The node's result, or the constant it must be where all its sizes are known. */
  const noted = (
    output: Tensor,
    op: string,
    inputs: readonly (Tensor | undefined)[],
    attrs: Record<string, Attr>,
  ): Tensor => {
    if ((output.dtype !== "int64" && output.dtype !== "int32") || output.shape.length > 1)
      return output;
    const found = sizesAfter(op, inputs.map(sizesOf), { tensors: inputs, attrs });
    if (!found || (output.shape.length === 0 && found.length !== 1)) return output;
    if (found.every((d) => typeof d === "number")) {
      const data =
        output.dtype === "int64" ? BigInt64Array.from(found, BigInt) : Int32Array.from(found);
      const shape = output.shape.length === 0 ? [] : [found.length];
      return constantOf(op, { dtype: output.dtype, shape, data });
    }
    sizes.set(output.name, found);
    return output;
  };

  const b: FoldingBuilder = Object.assign(plain, {
    sizesOf,
    inside: (inner: Graph, innerScope: string) => foldingBuilder(inner, innerScope, knowledge),
    op(
      op: string,
      inputs: readonly (Tensor | undefined)[],
      attrs: Record<string, Attr> = {},
      as?: Partial<ValueType>,
    ): Tensor {
      const [folded] = evaluate(op, inputs, attrs) ?? [];
      if (folded) return constantOf(op, folded);
      return noted(named(addOne(op, inputs, attrs, as)), op, inputs, attrs);
    },
    ops(op: string, inputs: readonly (Tensor | undefined)[], attrs: Record<string, Attr> = {}) {
      const folded = evaluate(op, inputs, attrs);
      return folded
        ? folded.map((values) => constantOf(op, values))
        : addAll(op, inputs, attrs).map(named);
    },
  });
  return b;
}
