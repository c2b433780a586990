/** Products of matrices. */
import { refuse } from "../../errors.ts";
import type { Tensor } from "../../ir.ts";
import { float32, int32, type OpCall, type OpFunction } from "../call.ts";
import type { FoldingBuilder } from "../fold/builder.ts";
import { finish } from "./fused.ts";

/** The last two axes swapped. */
function turned(b: FoldingBuilder, x: Tensor): Tensor {
  const rank = x.shape.length;
  return b.transpose(x, [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2]);
}

function product(call: OpCall, turnA: boolean, turnB: boolean): Tensor {
  const { b } = call;
  const [a, c] = [float32(b, call.input(0)), float32(b, call.input(1))];
  const [left, right] = [turnA ? turned(b, a) : a, turnB ? turned(b, c) : c];
  const [inner, rows] = [left.shape.at(-1), right.shape.at(-2)];
  if (typeof inner === "number" && typeof rows === "number" && inner !== rows)
    refuse(`multiplies [${left.shape}] by [${right.shape}], which do not fit`);
  const y = b.op("MatMul", [left, right]);
  // integers stay integers
  return call.input(0).dtype === "float32" || call.input(1).dtype === "float32" ? y : int32(b, y);
}

const MatMul: OpFunction = (call) =>
  finish(
    call,
    product(call, call.attrs.flag("transpose_a", false), call.attrs.flag("transpose_b", false)),
    2,
  );

const BatchMatMul: OpFunction = (call) =>
  product(call, call.attrs.flag("adj_x", false), call.attrs.flag("adj_y", false));

const Einsum: OpFunction = ({ b, attrs, inputs }) =>
  b.op(
    "Einsum",
    inputs.map((x) => float32(b, x)),
    { equation: withLetters(attrs.text("equation", "").replaceAll(" ", ""), inputs) },
  );

/** The equation with letters for the axes that "..." stands for, counted from the last of them. */
function withLetters(equation: string, inputs: readonly Tensor[]): string {
  if (!equation.includes("...")) return equation;
  const [left = "", right = ""] = equation.split("->");
  const terms = left.split(",");
  const counts = terms.map((term, i) =>
    term.includes("...") ? (inputs[i]?.shape.length ?? 0) - term.length + 3 : 0,
  );
  const most = Math.max(...counts);
  const free = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].filter((letter) => !equation.includes(letter));
  const letters = free.slice(0, most).join("");
  const filled = terms.map((term, i) => term.replace("...", letters.slice(most - counts[i]!)));
  return `${filled.join(",")}->${right.replace("...", letters)}`;
}

export const MATRIX: Readonly<Record<string, OpFunction>> = {
  BatchMatMul,
  BatchMatMulV2: BatchMatMul,
  Einsum,
  MatMul,
  _FusedMatMul: MatMul,
};
