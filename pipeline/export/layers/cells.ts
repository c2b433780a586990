/** Recurrent cells: their weights in tfjs's gate order, and the ONNX operator of each. */
import { flag, type LayerConfig, whole } from "../config.ts";
import type { Attr, Constant, Dim, Tensor } from "../ir.ts";
import type { Purpose } from "../purpose.ts";
import { activationName } from "./activation.ts";
import { expectShape, type LayerCall } from "./layer.ts";

export type CellKind = "SimpleRNN" | "GRU" | "LSTM";

/** The ONNX operator of each cell. */
export const OPERATOR: Readonly<Record<CellKind, string>> = {
  SimpleRNN: "RNN",
  GRU: "GRU",
  LSTM: "LSTM",
};

/** The states of each cell, in tfjs's order. */
export const STATES: Readonly<Record<CellKind, readonly string[]>> = {
  SimpleRNN: ["h"],
  GRU: ["h"],
  LSTM: ["h", "c"],
};

/** A cell with its weights, as tfjs stores them. */
export interface Cell {
  kind: CellKind;
  units: number;
  activation: string;
  recurrentActivation: string;
  /** [in, gates * units] */
  kernel: Constant;
  /** [units, gates * units] */
  recurrent: Constant;
  /** [gates * units] */
  bias: Constant | undefined;
  /** For a GRU that resets the state after the matrix product instead of before: added to that product. */
  recurrentBias?: Constant | undefined;
  resetAfter: boolean;
}

/** Number of gates, and the position of each ONNX gate among tfjs's: LSTM i,f,c,o -> i,o,f,c; GRU z,r,h in both. */
const GATES: Readonly<Record<CellKind, readonly number[]>> = {
  SimpleRNN: [0],
  GRU: [0, 1, 2],
  LSTM: [0, 3, 1, 2],
};

/**
 * Activations of the ONNX operators: [name, alpha?, beta?], with those parameters that the activation takes. Not Softplus,
 * which onnxruntime (seen in 1.30) makes infinite from 89 on in these operators.
 */
const NATIVE: Readonly<Record<string, readonly [string, number?, number?]>> = {
  tanh: ["Tanh"],
  sigmoid: ["Sigmoid"],
  relu: ["Relu"],
  softsign: ["Softsign"],
  hardSigmoid: ["HardSigmoid", 0.2, 0.5],
  hardSigmoid3: ["HardSigmoid", 1 / 6, 0.5],
  elu: ["Elu", 1],
  linear: ["Affine", 1, 0],
};

/**
 * Reads a cell from its config or that of the layer around it: both have the same keys. `x` [..., features] is what the
 * layer reads, `features` what the cell does.
 */
export function readCell(
  call: LayerCall,
  kind: CellKind,
  config: LayerConfig,
  x: Tensor,
  features: Dim = x.shape.at(-1) ?? null,
): Cell {
  const units = whole(config, "units");
  const width = units * GATES[kind].length;
  const resetAfter = kind === "GRU" && flag(config, "resetAfter", false);
  const useBias = flag(config, "useBias", true);
  const both = useBias && resetAfter ? splitBias(call.weight("bias"), width) : undefined;
  return {
    kind,
    units,
    resetAfter,
    // null means linear, except here
    activation:
      kind === "SimpleRNN" && config.activation === null
        ? "tanh"
        : activationName(config, "activation", "tanh"),
    recurrentActivation:
      kind === "SimpleRNN"
        ? "linear"
        : activationName(config, "recurrentActivation", "hardSigmoid"),
    kernel: expectShape(call.weight("kernel"), [features, width], x),
    recurrent: expectShape(call.weight("recurrent_kernel"), [units, width]),
    bias: both?.[0] ?? (useBias ? expectShape(call.weight("bias"), [width]) : undefined),
    recurrentBias: both?.[1],
  };
}

/** [2, width]: the bias of the input's product, then that of the state's. */
function splitBias(bias: Constant, width: number): [Constant, Constant] {
  const data = expectShape(bias, [2, width]).data as Float32Array;
  const part = (name: string, values: Float32Array): Constant => ({
    ...bias,
    name: `${bias.name}/${name}`,
    shape: [width],
    data: values,
  });
  return [part("input", data.slice(0, width)), part("recurrent", data.slice(width))];
}

/** Activation names in the operator's order, per direction. */
function functions(cell: Cell): string[] {
  if (cell.kind === "SimpleRNN") return [cell.activation];
  return cell.kind === "GRU"
    ? [cell.recurrentActivation, cell.activation]
    : [cell.recurrentActivation, cell.activation, cell.activation];
}

/** Activations that onnxruntime's operators compute many numbers at a time; others one by one, as does no Scan. */
const VECTORISED: ReadonlySet<string> = new Set(["tanh", "sigmoid", "relu"]);

/**
 * How a cell is written. The operator where it has the cell's activations: it takes one step in a third of a Scan's time
 * at batch 1. A Scan computes HardSigmoid and its like faster from about 16 rows on, and the plain recurrent network's
 * step, which is one product; bench/notes/recurrent.md has the measurements.
 */
export function formOf(cell: Cell, purpose: Purpose): "operator" | "scan" {
  const names = functions(cell);
  if (!names.every((name) => name in NATIVE)) return "scan";
  if (purpose === "latency") return "operator";
  if (cell.kind === "SimpleRNN") return "scan";
  return names.every((name) => VECTORISED.has(name)) ? "operator" : "scan";
}

/** Attributes of the ONNX operator for one or two directions. */
export function cellAttrs(cells: readonly Cell[], direction: string): Record<string, Attr> {
  const all = cells.flatMap(functions).map((name) => NATIVE[name] ?? ["Tanh"]) as [
    string,
    number?,
    number?,
  ][];
  const alpha = all.flatMap(([, a]) => (a === undefined ? [] : [a]));
  const beta = all.flatMap(([, , v]) => (v === undefined ? [] : [v]));
  return {
    hidden_size: cells[0]?.units ?? 0,
    direction,
    activations: all.map(([name]) => name),
    ...(alpha.length > 0 ? { activation_alpha: alpha } : {}),
    ...(beta.length > 0 ? { activation_beta: beta } : {}),
    ...(cells[0]?.kind === "GRU" ? { linear_before_reset: cells[0].resetAfter ? 1 : 0 } : {}),
  };
}

/** [rows, gates * units] of tfjs -> [gates * units, rows] in ONNX's gate order. */
function gateRows(weight: Constant, kind: CellKind, units: number): Float32Array {
  const [rows, width] = weight.shape as [number, number];
  const data = weight.data as Float32Array;
  const out = new Float32Array(rows * width);
  for (const [to, from] of GATES[kind].entries()) {
    for (let u = 0; u < units; u++) {
      const at = (to * units + u) * rows;
      for (let r = 0; r < rows; r++) out[at + r] = data[r * width + from * units + u] as number;
    }
  }
  return out;
}

/** W [D, G*H, in], R [D, G*H, H] and B [D, 2*G*H] of the ONNX operator. */
export function operatorWeights(call: LayerCall, cells: readonly Cell[]): (Constant | undefined)[] {
  const [first] = cells as [Cell];
  const { kind, units } = first;
  const width = units * GATES[kind].length;
  const input = first.kernel.shape[0] as number;
  const join = (parts: Float32Array[]) => {
    const out = new Float32Array(parts.reduce((n, p) => n + p.length, 0));
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  };
  const make = (name: string, shape: number[], parts: Float32Array[]) =>
    call.b.floats(name, join(parts), shape);
  const biasRows = (bias: Constant | undefined) =>
    bias ? gateRows({ ...bias, shape: [1, width] }, kind, units) : new Float32Array(width);
  return [
    make(
      "kernel",
      [cells.length, width, input],
      cells.map((c) => gateRows(c.kernel, kind, units)),
    ),
    make(
      "recurrent_kernel",
      [cells.length, width, units],
      cells.map((c) => gateRows(c.recurrent, kind, units)),
    ),
    cells.some((c) => c.bias)
      ? make(
          "bias",
          [cells.length, 2 * width],
          cells.flatMap((c) => [biasRows(c.bias), biasRows(c.recurrentBias)]),
        )
      : undefined,
  ];
}
