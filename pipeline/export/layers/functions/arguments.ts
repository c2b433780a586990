/** What a function of the table is given, and what the functions share. */
import { refuse } from "../../errors.ts";
import type { RawAttrs } from "../../graph/attrs.ts";
import { float32 } from "../../graph/call.ts";
import type { FoldingBuilder } from "../../graph/fold/builder.ts";
import type { Value } from "../../graph/value.ts";
import type { Tensor } from "../../ir.ts";

/** The arguments of one call: the first by its place, all others by their names in Python. */
export interface Arguments {
  readonly b: FoldingBuilder;
  /** The first argument. */
  x(): Tensor;
  /** The first argument of functions that take a list of tensors. */
  list(): Tensor[];
  /** An argument as the file has it; undefined where it is absent or None. */
  raw(name: string): unknown;
  /** An argument that must be there, as a tensor. */
  tensor(name: string): Tensor;
  constant(value: unknown): Tensor;
  /** Writes an operator of graph models. */
  run(op: string, values: readonly Value[], attrs?: RawAttrs): Value[];
  /** The same, for operators with one output. */
  one(op: string, values: readonly Value[], attrs?: RawAttrs): Tensor;
}

export type TensorFlowFunction = (given: Arguments) => Value | Value[];

export const unary =
  (op: string): TensorFlowFunction =>
  (a) =>
    a.one(op, [a.x()]);
export const ofFloat =
  (op: string): TensorFlowFunction =>
  (a) =>
    a.one(op, [float32(a.b, a.x())]);
export const binary =
  (op: string): TensorFlowFunction =>
  (a) =>
    a.one(op, [a.x(), a.tensor("y")]);

/** True division: not even the quotient of integers is rounded. */
export const truediv: TensorFlowFunction = (a) =>
  a.one("RealDiv", [float32(a.b, a.x()), float32(a.b, a.tensor("y"))]);

export const integer = (a: Arguments, name: string, fallback: number): number => {
  const value = a.raw(name) ?? fallback;
  return typeof value === "number" ? value : refuse(`"${name}" must be a number`);
};

/** A text attribute as a list of bytes. */
export const bytes = (text: string) => Array.from(text, (letter) => letter.charCodeAt(0));
