/** The form of an operator's test case, and what the cases are made of. */
import { random } from "../parity.ts";
import type { Attrs, Dtype, Value } from "./graphs.ts";

/** What a node reads: data comes from outside, a parameter is a constant in most graphs. */
export interface Operand extends Value {
  readonly role: "data" | "parameter";
}

export interface OpCase {
  readonly inputs: readonly Operand[];
  readonly attrs?: Attrs;
  /** How many of the node's outputs are compared; 1 unless given. */
  readonly outputs?: number;
  /** By the definition of TensorFlow, where TensorFlow.js lacks the operator or leaves out an attribute. */
  readonly expected?: readonly Value[];
  /** Largest error, relative to the largest value; 1e-5 unless given. */
  readonly tolerance?: number;
}

export type OpCases = Readonly<Record<string, readonly OpCase[]>>;

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

interface Range {
  low?: number;
  high?: number;
  dtype?: Dtype;
  seed?: number;
}

/** Data in [low, high), whole where the type is int32. */
export function data(shape: readonly number[], range: Range = {}): Operand {
  const { low = -1, high = 1, dtype = "float32", seed = 0 } = range;
  const next = random(7919 * sizeOf(shape) + 31 * shape.length + seed + 1);
  const value = () => {
    const v = low + next() * (high - low);
    return dtype === "float32" ? Math.fround(v) : Math.floor(v);
  };
  return { role: "data", shape, dtype, data: Array.from({ length: sizeOf(shape) }, value) };
}

/** int32 data from -4 to 4, with equal values among them. */
export const whole = (shape: readonly number[], range: Range = {}): Operand =>
  data(shape, { low: -4, high: 5, dtype: "int32", ...range });

/** float32 data of whole numbers from -3 to 3: zeros and equal values. */
export function steps(shape: readonly number[], seed = 0): Operand {
  const { data: values } = whole(shape, { low: -3, high: 4, seed });
  return { role: "data", shape, dtype: "float32", data: values };
}

export const bools = (shape: readonly number[], seed = 0): Operand =>
  data(shape, { low: 0, high: 2, dtype: "bool", seed });

/** Data that is given. */
export const given = (
  shape: readonly number[],
  values: readonly number[],
  dtype: Dtype = "float32",
): Operand => ({ role: "data", shape, dtype, data: values });

/** A whole number or a list of them, such as an axis or a shape. */
export const ints = (...values: number[]): Operand => table([values.length], values);
export const int = (value: number): Operand => table([], [value]);
export const float = (value: number): Operand => table([], [value], "float32");
export const table = (
  shape: readonly number[],
  values: readonly number[],
  dtype: Dtype = "int32",
): Operand => ({ role: "parameter", shape, dtype, data: values });

/** Random weights. */
export const weights = (shape: readonly number[], range: Range = {}): Operand => ({
  ...data(shape, range),
  role: "parameter",
});

/** A result by definition. */
export const result = (
  shape: readonly number[],
  values: readonly number[],
  dtype: Dtype = "float32",
): Value => ({ shape, dtype, data: values });

/** The case for each list of inputs. */
export const each = (...inputs: readonly (readonly Operand[])[]): OpCase[] =>
  inputs.map((list) => ({ inputs: list }));
