/** Recurrent layers as the ONNX operators LSTM, GRU and RNN, and Bidirectional over them. */
import { TO_END } from "../builder.ts";
import { type Config, choice, flag, isRecord } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Tensor } from "../ir.ts";
import { type LayerDef, readWrapped } from "../topology.ts";
import {
  type Cell,
  type CellKind,
  cellAttrs,
  isNative,
  operatorWeights,
  readCell,
} from "./cells.ts";
import { float, type LayerCall, type LayerFunction } from "./layer.ts";

/** Result of one pass over time: the outputs of all steps [B, T, H] and the last states [B, H] each. */
export interface Pass {
  sequence: Tensor;
  states: Tensor[];
}

const OPERATOR: Record<CellKind, string> = { SimpleRNN: "RNN", GRU: "GRU", LSTM: "LSTM" };

const reversed = (call: LayerCall, x: Tensor) => call.b.slice(x, 1, -1, -TO_END, -1);

/** One direction over x [B, T, in] from `initial` states (zeros if none). */
function runOperator(call: LayerCall, cell: Cell, x: Tensor, initial: readonly Tensor[]): Pass {
  const { b } = call;
  const [w, r, bias] = operatorWeights(call, [cell]);
  const states = initial.map((s) => b.unsqueeze(float(b, s), [0]));
  const timeFirst = b.transpose(x, [1, 0, 2]); // [T, B, in]
  const inputs = [timeFirst, w, r, bias, undefined, ...states];
  const [y, ...last] = b.ops(OPERATOR[cell.kind], inputs, cellAttrs([cell], "forward"));
  return {
    sequence: b.transpose(b.squeeze(y as Tensor, [1]), [1, 0, 2]), // [T, 1, B, H] -> [B, T, H]
    states: last.map((s) => b.squeeze(s, [0])),
  };
}

function oneDirection(
  call: LayerCall,
  kind: CellKind,
  x: Tensor,
  initial: readonly Tensor[],
  backwards: boolean,
): Pass {
  const cell = readCell(call, kind, call.config);
  if (call.mask) refuse("a mask reaches this layer; masks are not supported yet");
  if (!isNative(cell))
    refuse(
      `activation ${cell.activation} / ${cell.recurrentActivation} has no ONNX ${OPERATOR[kind]} form`,
    );
  return runOperator(call, cell, backwards ? reversed(call, x) : x, initial);
}

/** [output, ...states] as the config asks for. */
function results(config: Config, pass: Pass): Tensor[] {
  const output = flag(config, "returnSequences", false)
    ? pass.sequence
    : (pass.states[0] as Tensor);
  return flag(config, "returnState", false) ? [output, ...pass.states] : [output];
}

const recurrent =
  (kind: CellKind): LayerFunction =>
  (call) => {
    const { config } = call;
    if (flag(config, "stateful", false)) refuse("is stateful, which is not supported yet");
    const [x, ...initial] = call.inputs.map((t) => float(call.b, t)) as [Tensor, ...Tensor[]];
    return results(
      config,
      oneDirection(call, kind, x, initial, flag(config, "goBackwards", false)),
    );
  };

export const SimpleRNN = recurrent("SimpleRNN");
export const GRU = recurrent("GRU");
export const LSTM = recurrent("LSTM");

type Merge = "concat" | "sum" | "mul" | "ave" | "none";

function mergeMode(config: Config): Merge {
  if (config.mergeMode === null) return "none";
  return choice(config, "mergeMode", ["concat", "sum", "mul", "ave"], "concat");
}

function merged(call: LayerCall, mode: Merge, forward: Tensor, backward: Tensor): Tensor[] {
  const { b } = call;
  if (mode === "none") return [forward, backward];
  if (mode === "concat") return [b.op("Concat", [forward, backward], { axis: -1 })];
  if (mode === "mul") return [b.op("Mul", [forward, backward])];
  const sum = b.op("Add", [forward, backward]);
  return [mode === "sum" ? sum : b.op("Mul", [sum, b.scalar(0.5)])];
}

/** The backward copy runs with go_backwards flipped, and its sequence is turned round before the merge. */
export const Bidirectional: LayerFunction = (call) => {
  const { b, config } = call;
  const wrapped = isRecord(config.layer) ? readWrapped(config.layer, call.layer.path) : undefined;
  if (!wrapped || !(wrapped.className in OPERATOR)) {
    refuse(
      `wraps ${wrapped ? `a ${wrapped.className}` : "nothing"}; it can wrap ${Object.keys(OPERATOR).join(", ")}`,
    );
  }
  const kind = wrapped.className as CellKind;
  const mode = mergeMode(config);
  const sequences = flag(wrapped.config, "returnSequences", false);
  const goBackwards = flag(wrapped.config, "goBackwards", false);
  const halves = halvesOf(call, wrapped);
  const [x, ...initial] = call.inputs.map((t) => float(b, t)) as [Tensor, ...Tensor[]];
  const half = initial.length / 2;
  const cells = halves.map((h) => readCell(h, kind, h.config)) as [Cell, Cell];
  let outputs: Tensor[];
  let states: Tensor[];
  if (!call.mask && !goBackwards && cells.every(isNative)) {
    ({ outputs, states } = bothAtOnce(call, kind, cells, x, initial, sequences, mode));
  } else {
    const forward = oneDirection(halves[0], kind, x, initial.slice(0, half), goBackwards);
    const backward = oneDirection(halves[1], kind, x, initial.slice(half), !goBackwards);
    outputs = sequences
      ? merged(call, mode, forward.sequence, reversed(call, backward.sequence))
      : merged(call, mode, forward.states[0] as Tensor, backward.states[0] as Tensor);
    states = [...forward.states, ...backward.states];
  }
  return flag(wrapped.config, "returnState", false) ? [...outputs, ...states] : outputs;
};

/** Weights are `<name>/forward_<inner>/...` and `<name>/backward_<inner>/...`. */
function halvesOf(call: LayerCall, wrapped: LayerDef): [LayerCall, LayerCall] {
  const half = (way: string) =>
    call.withWeights(`${call.prefix}/${way}_${wrapped.name}`, wrapped.config);
  return [half("forward"), half("backward")];
}

/** direction=bidirectional: one operator for both; Y keeps the original order of time in both halves. */
function bothAtOnce(
  call: LayerCall,
  kind: CellKind,
  cells: [Cell, Cell],
  x: Tensor,
  initial: readonly Tensor[],
  sequences: boolean,
  mode: Merge,
) {
  const { b } = call;
  const [w, r, bias] = operatorWeights(call, cells);
  const perState = initial.length / 2;
  const start = Array.from({ length: perState }, (_, i) =>
    b.op(
      "Concat",
      [b.unsqueeze(initial[i] as Tensor, [0]), b.unsqueeze(initial[i + perState] as Tensor, [0])],
      { axis: 0 },
    ),
  );
  const inputs = [b.transpose(x, [1, 0, 2]), w, r, bias, undefined, ...start];
  const [y, ...last] = b.ops(OPERATOR[kind], inputs, cellAttrs(cells, "bidirectional")) as [
    Tensor,
    Tensor,
  ];
  const units = cells[0].units;
  const pick = (t: Tensor, axis: number, i: number) =>
    b.squeeze(b.slice(t, axis, i, i + 1), [axis]);
  let outputs: Tensor[];
  if (mode === "concat") {
    outputs = sequences
      ? [b.reshape(b.transpose(y, [2, 0, 1, 3]), [0, 0, 2 * units])] // [T, 2, B, H] -> [B, T, 2H]
      : [b.reshape(b.transpose(last[0] as Tensor, [1, 0, 2]), [0, 2 * units])]; // [2, B, H] -> [B, 2H]
  } else if (sequences) {
    const [forward, backward] = [0, 1].map((i) => b.transpose(pick(y, 1, i), [1, 0, 2])) as [
      Tensor,
      Tensor,
    ];
    outputs = merged(call, mode, forward, backward);
  } else {
    outputs = merged(call, mode, pick(last[0] as Tensor, 0, 0), pick(last[0] as Tensor, 0, 1));
  }
  const states = [0, 1].flatMap((i) => last.map((s) => pick(s, 0, i)));
  return { outputs, states };
}
