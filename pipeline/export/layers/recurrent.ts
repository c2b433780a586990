/** Recurrent layers: SimpleRNN, GRU, LSTM, RNN over cells and stacks of cells, and Bidirectional. */
import { choice, flag, isRecord, type LayerConfig } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Tensor } from "../ir.ts";
import { type LayerDef, readWrapped } from "../topology.ts";
import {
  type Cell,
  type CellKind,
  cellAttrs,
  isNative,
  OPERATOR,
  operatorWeights,
  readCell,
  STATES,
} from "./cells.ts";
import { float, type LayerCall, type LayerFunction } from "./layer.ts";
import { type RecurrentResult, reversed, runCells } from "./sequence.ts";

/** [output, ...states] as the config asks for. */
function results(config: LayerConfig, pass: RecurrentResult): Tensor[] {
  const output = flag(config, "returnSequences", false)
    ? pass.sequence
    : (pass.states[0] as Tensor);
  return flag(config, "returnState", false) ? [output, ...pass.states] : [output];
}

/** The pass from the states given, kept (stateful) or zero; kept states are handed out as graph outputs. */
function runLayer(
  call: LayerCall,
  cells: readonly Cell[],
  x: Tensor,
  given: readonly Tensor[],
  backwards: boolean,
  label = "",
): RecurrentResult {
  if (given.length > 0 || !flag(call.config, "stateful", false))
    return runCells(call, cells, x, given, backwards);
  const slots = cells
    .toReversed()
    .flatMap((cell, i) =>
      STATES[cell.kind].map((name) =>
        call.state(`${label}${name}${cells.length > 1 ? `_${cells.length - i}` : ""}`, [
          x.shape[0] ?? null,
          cell.units,
        ]),
      ),
    );
  const pass = runCells(
    call,
    cells,
    x,
    slots.map((s) => s.input),
    backwards,
  );
  for (const [i, slot] of slots.entries()) slot.update(pass.states[i] as Tensor);
  return pass;
}

/** x [B, T, in] and the initial states that follow it. */
function inputsOf({ b, inputs }: LayerCall): [Tensor, Tensor[]] {
  const [x, ...initial] = inputs.map((t) => float(b, t)) as [Tensor, ...Tensor[]];
  if (x.shape.length !== 3)
    refuse(`wants an input [batch, time, features], it has shape [${x.shape}]`);
  return [x, initial];
}

/** The layers differ in their cells only. */
const recurrent =
  (cellsOf: (call: LayerCall) => Cell[]): LayerFunction =>
  (call) => {
    const cells = cellsOf(call);
    const [x, initial] = inputsOf(call);
    const backwards = flag(call.config, "goBackwards", false);
    return results(call.config, runLayer(call, cells, x, initial, backwards));
  };

export const SimpleRNN = recurrent((call) => [readCell(call, "SimpleRNN", call.config)]);
export const GRU = recurrent((call) => [readCell(call, "GRU", call.config)]);
export const LSTM = recurrent((call) => [readCell(call, "LSTM", call.config)]);
export const RNN = recurrent((call) => cellsIn(call, call.config.cell));

/** Cell classes, and what kind of cell each is. */
const CELLS: Readonly<Record<string, CellKind>> = {
  SimpleRNNCell: "SimpleRNN",
  GRUCell: "GRU",
  LSTMCell: "LSTM",
};

/** The cells of a config, bottom first. A stack's weights are named `<rnn>/RNNCell_<i>/...`. */
function cellsIn(call: LayerCall, cell: unknown): Cell[] {
  const list = Array.isArray(cell)
    ? cell
    : isRecord(cell) && isRecord(cell.config)
      ? cell.config.cells
      : undefined;
  if (Array.isArray(list)) {
    return list.flatMap((inner, i) =>
      cellsIn(call.withWeights(`${call.prefix}/RNNCell_${i}`), inner),
    );
  }
  const kind = isRecord(cell) ? CELLS[String(cell.className)] : undefined;
  if (!kind || !isRecord(cell) || !isRecord(cell.config)) {
    const name = isRecord(cell) ? `"${cell.className}"` : JSON.stringify(cell);
    refuse(
      `has the cell ${name}; convertible are ${Object.keys(CELLS).join(", ")} and StackedRNNCells`,
    );
  }
  return [readCell(call, kind, cell.config)];
}

type MergeMode = "concat" | "sum" | "mul" | "ave" | "none";

/** null hands out both halves. */
function mergeMode(config: LayerConfig): MergeMode {
  return config.mergeMode === null
    ? "none"
    : choice(config, "mergeMode", ["concat", "sum", "mul", "ave"], "concat");
}

/** The outputs of both halves, [B, (T,) H] each, in one. */
function merged({ b }: LayerCall, mode: MergeMode, forward: Tensor, backward: Tensor): Tensor[] {
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
      `wraps ${wrapped ? `a ${wrapped.className}` : "nothing"}; TensorFlow.js loads it around ${Object.keys(OPERATOR).join(", ")}`,
    );
  }
  const kind = wrapped.className as CellKind;
  const mode = mergeMode(config);
  const sequences = flag(wrapped.config, "returnSequences", false);
  const backwards = flag(wrapped.config, "goBackwards", false);
  const halves = halvesOf(call, wrapped);
  const cells = halves.map((h) => readCell(h, kind, h.config)) as [Cell, Cell];
  const [x, initial] = inputsOf(call);
  const half = initial.length / 2;
  let outputs: Tensor[];
  let states: Tensor[];
  if (
    !call.mask &&
    !backwards &&
    !flag(wrapped.config, "stateful", false) &&
    cells.every(isNative)
  ) {
    ({ outputs, states } = bothAtOnce(call, kind, cells, x, initial, sequences, mode));
  } else {
    const forward = runLayer(
      halves[0],
      [cells[0]],
      x,
      initial.slice(0, half),
      backwards,
      "forward_",
    );
    const backward = runLayer(
      halves[1],
      [cells[1]],
      x,
      initial.slice(half),
      !backwards,
      "backward_",
    );
    outputs = sequences
      ? merged(call, mode, forward.sequence, reversed(b, backward.sequence))
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
  mode: MergeMode,
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
  return { outputs, states: [0, 1].flatMap((i) => last.map((s) => pick(s, 0, i))) };
}
