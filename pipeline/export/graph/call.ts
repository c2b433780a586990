/** What a function of a TensorFlow operator is given, and what these functions share. */
import { refuse } from "../errors.ts";
import { type Dim, isConstant, type Tensor } from "../ir.ts";
import type { Attributes } from "./attrs.ts";
import { numbers } from "./fold/arrays.ts";
import type { FoldingBuilder } from "./fold/builder.ts";
import type { Sizes } from "./fold/sizes.ts";
import { isList, type Value } from "./value.ts";

/** One node of the graph model. */
export interface OpCall {
  readonly b: FoldingBuilder;
  readonly op: string;
  readonly attrs: Attributes;
  /** Those inputs that are tensors: all, but for operators of lists. */
  readonly inputs: readonly Tensor[];
  /** Every input. */
  readonly values: readonly Value[];
  /** An input that has to be there. */
  input(i: number): Tensor;
  /** The values of an input that must be known at conversion; `what` names it in the refusal. */
  ints(i: number, what: string): number[];
  /** The values of an integer input as far as they are known. */
  sizes(i: number): Sizes | undefined;
}

/** An operator: writes ONNX nodes, returns its output (or outputs). */
export type OpFunction = (call: OpCall) => Value | Value[];

/** The call of an operator on the given values. */
export function opCall(
  b: FoldingBuilder,
  op: string,
  attrs: Attributes,
  values: readonly Value[],
): OpCall {
  // functions that read an input by its number say so where it is a list
  const inputs = values.filter((value): value is Tensor => !isList(value));
  const input = (i: number) => {
    const value = values[i] ?? refuse(`input ${i} is missing`);
    return isList(value) ? refuse(`input ${i} is a list of tensors`) : value;
  };
  return {
    b,
    op,
    attrs,
    inputs,
    input,
    values,
    sizes: (i) => values[i] && b.sizesOf(input(i)),
    ints: (i, what) =>
      constantValues(input(i)) ??
      refuse(`the graph computes its ${what}, which must be known at conversion`),
  };
}

/** Numbers of a constant. */
export function constantValues(tensor: Tensor): number[] | undefined {
  return isConstant(tensor) ? Array.from(numbers(tensor)) : undefined;
}

/** int64, as ONNX wants its indices and sizes. */
export const int64 = (b: FoldingBuilder, x: Tensor): Tensor => b.cast(x, "int64");
/** int32, as TensorFlow.js has its integers. */
export const int32 = (b: FoldingBuilder, x: Tensor): Tensor => b.cast(x, "int32");
export const float32 = (b: FoldingBuilder, x: Tensor): Tensor => b.cast(x, "float32");

/** A constant of the tensor's own type. */
export function like(b: FoldingBuilder, x: Tensor, value: number): Tensor {
  if (x.dtype === "float32") return b.scalar(value);
  return b.constant(`${b.scope}/value`, "int32", [], Int32Array.of(value));
}

/** Two operands of one type: bool becomes int32, int32 becomes float32, as TensorFlow.js upcasts. */
export function alike(b: FoldingBuilder, x: Tensor, y: Tensor): [Tensor, Tensor] {
  if (x.dtype === y.dtype) return [x, y];
  const dtype = x.dtype === "float32" || y.dtype === "float32" ? "float32" : "int32";
  return [b.cast(x, dtype), b.cast(y, dtype)];
}

/** Arithmetic takes no bools. */
export function numeric(b: FoldingBuilder, tensors: Tensor[]): Tensor[] {
  return tensors.map((t) => (t.dtype === "bool" ? int32(b, t) : t));
}

/** An axis counted from the front. */
export function axisFor(axis: number, rank: number): number {
  const counted = axis < 0 ? axis + rank : axis;
  if (!(counted >= 0 && counted < Math.max(rank, 1)))
    refuse(`axis ${axis} does not fit an input of rank ${rank}`);
  return counted;
}

/** A size that must be a number. */
export function knownSize(d: Dim | undefined, what: string): number {
  if (typeof d !== "number")
    refuse(`needs a known ${what}; give the model's inputs fixed shapes (--input-shape)`);
  return d;
}
