/** Recurrent layers: SimpleRNN, GRU, LSTM, RNN over cells and stacks of cells, and Bidirectional. */
import { choice, flag, isRecord, type LayerConfig } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Dim, Tensor } from "../ir.ts";
import { type LayerDef, readWrapped, storedNames } from "../topology.ts";
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
import { runImages } from "./convLstm.ts";
import { float, isKeras, type LayerCall, type LayerFunction } from "./layer.ts";
import { fitMask, type RecurrentResult, reversed, runCells } from "./sequence.ts";

/** [output, ...states] as the config asks for. */
function outputsOf(config: LayerConfig, { sequence, states }: RecurrentResult): Tensor[] {
  const output = flag(config, "returnSequences", false) ? sequence : (states[0] as Tensor);
  return flag(config, "returnState", false) ? [output, ...states] : [output];
}

interface RecurrentInputs {
  /** [B, T, in] */
  x: Tensor;
  /** Initial states, the top cell's first; none where the layer is not given any. */
  initial: readonly Tensor[];
  backwards: boolean;
}

/**
 * Runs the cells from the initial states given, from the states of the last call (stateful) or from zeros. States of a
 * stateful layer become graph inputs and outputs, their names after `label`.
 */
function runLayer(
  call: LayerCall,
  cells: readonly Cell[],
  inputs: RecurrentInputs,
  label = "",
): RecurrentResult {
  const result = runFromStates(call, cells, inputs, label);
  // Keras sets masked steps to zero where the config says so, and always in a Bidirectional
  const zeroed = label !== "" || flag(call.config, "zeroOutputForMask", false);
  if (!isKeras(call) || !call.mask || !zeroed) return result;
  const { b } = call;
  const mask = b.unsqueeze(fitMask(call, call.mask, inputs.x, inputs.backwards), [2]);
  return { ...result, sequence: b.op("Where", [mask, result.sequence, b.scalar(0)]) };
}

function runFromStates(
  call: LayerCall,
  cells: readonly Cell[],
  { x, initial, backwards }: RecurrentInputs,
  label: string,
): RecurrentResult {
  if (initial.length > 0 || !flag(call.config, "stateful", false))
    return runCells(call, cells, x, initial, backwards);
  const slots = cells.toReversed().flatMap((cell, i) => {
    const suffix = cells.length > 1 ? `_${cells.length - i}` : "";
    const shape = [x.shape[0] ?? null, cell.units];
    return STATES[cell.kind].map((name) => call.state(`${label}${name}${suffix}`, shape));
  });
  const before = slots.map((slot) => slot.input);
  const result = runCells(call, cells, x, before, backwards);
  for (const [i, slot] of slots.entries()) slot.update(result.states[i] as Tensor);
  return result;
}

/** x [B, T, in] and the initial states that follow it. */
function inputsOf({ b, inputs }: LayerCall): [Tensor, Tensor[]] {
  const [x, ...initial] = inputs.map((t) => float(b, t)) as [Tensor, ...Tensor[]];
  if (x.shape.length !== 3)
    refuse(`needs an input [batch, time, features], but its shape is [${x.shape}]`);
  return [x, initial];
}

/** The layers differ in their cells only. */
const recurrent =
  (cellsOf: (call: LayerCall, x: Tensor) => Cell[]): LayerFunction =>
  (call) => {
    const [x, initial] = inputsOf(call);
    const cells = cellsOf(call, x);
    const backwards = flag(call.config, "goBackwards", false);
    return outputsOf(call.config, runLayer(call, cells, { x, initial, backwards }));
  };

export const SimpleRNN = recurrent((call, x) => [readCell(call, "SimpleRNN", call.config, x)]);
export const GRU = recurrent((call, x) => [readCell(call, "GRU", call.config, x)]);
export const LSTM = recurrent((call, x) => [readCell(call, "LSTM", call.config, x)]);
export const RNN = recurrent((call, x) => cellsIn(call, call.config.cell, x));

/** Cell classes, and what kind of cell each is. */
const CELLS: Readonly<Record<string, CellKind>> = {
  SimpleRNNCell: "SimpleRNN",
  GRUCell: "GRU",
  LSTMCell: "LSTM",
};

/** The cells of a config, bottom first. A stack's weights are named `<rnn>/RNNCell_<i>/...`. */
function cellsIn(call: LayerCall, cell: unknown, x: Tensor, features?: Dim): Cell[] {
  const list = Array.isArray(cell)
    ? cell
    : isRecord(cell) && isRecord(cell.config)
      ? cell.config.cells
      : undefined;
  if (Array.isArray(list)) {
    const cells: Cell[] = [];
    const stored = storedNames(
      list.map((inner) => (isRecord(inner) ? String(inner.className) : "")),
    );
    for (const [i, inner] of list.entries()) {
      const own = call.withWeights(cellPrefix(call, inner, i), `cell/cells/${stored[i]}`);
      cells.push(...cellsIn(own, inner, x, cells.at(-1)?.units ?? features));
    }
    return cells;
  }
  const kind = isRecord(cell) ? CELLS[String(cell.className)] : undefined;
  if (!kind || !isRecord(cell) || !isRecord(cell.config)) {
    const name = isRecord(cell) ? `"${cell.className}"` : JSON.stringify(cell);
    refuse(
      `has the cell ${name}; supported cells are ${Object.keys(CELLS).join(", ")} and StackedRNNCells`,
    );
  }
  return [readCell(call, kind, cell.config, x, features)];
}

/** tfjs numbers the cells of a stack, Keras names them. */
function cellPrefix(call: LayerCall, cell: unknown, index: number): string {
  const name = isRecord(cell) && isRecord(cell.config) ? cell.config.name : undefined;
  return isKeras(call) && typeof name === "string"
    ? `${call.prefix}/${name}`
    : `${call.prefix}/RNNCell_${index}`;
}

type MergeMode = "concat" | "sum" | "mul" | "ave" | "none";

/** null gives the outputs of both directions. */
function mergeMode(config: LayerConfig): MergeMode {
  return config.mergeMode === null
    ? "none"
    : choice(config, "mergeMode", ["concat", "sum", "mul", "ave"], "concat");
}

/** The outputs of both directions, [B, (T,) H] each, in one. */
function merged({ b }: LayerCall, mode: MergeMode, forward: Tensor, backward: Tensor): Tensor[] {
  if (mode === "none") return [forward, backward];
  if (mode === "concat") return [b.op("Concat", [forward, backward], { axis: -1 })];
  if (mode === "mul") return [b.op("Mul", [forward, backward])];
  const sum = b.op("Add", [forward, backward]);
  return [mode === "sum" ? sum : b.op("Mul", [sum, b.scalar(0.5)])];
}

/** A Bidirectional layer with its configs read. */
interface BothDirections {
  kind: CellKind;
  mode: MergeMode;
  /** Whether it gives all steps or the last one. */
  sequences: boolean;
  /** Forward and backward. */
  cells: readonly [Cell, Cell];
  x: Tensor;
  /** Those of the forward cell, then those of the backward cell. */
  initial: readonly Tensor[];
}

/** The backward copy runs with go_backwards flipped, and its sequence is reversed before the merge. */
export const Bidirectional: LayerFunction = (call) => {
  const { config } = call;
  const wrapped = isRecord(config.layer) ? readWrapped(config.layer, call.layer) : undefined;
  if (wrapped?.className === "ConvLSTM2D") return bidirectionalImages(call, wrapped);
  if (!wrapped || !(wrapped.className in OPERATOR)) {
    refuse(
      `wraps ${wrapped ? `a ${wrapped.className}` : "nothing"}; TensorFlow.js loads it only around ${Object.keys(OPERATOR).join(", ")} and ConvLSTM2D`,
    );
  }
  const kind = wrapped.className as CellKind;
  const mode = mergeMode(config);
  const sequences = flag(wrapped.config, "returnSequences", false);
  const backwards = flag(wrapped.config, "goBackwards", false);
  const [x, initial] = inputsOf(call);
  const directions = directionsOf(call, wrapped);
  const [forward, backward] = directions;
  const cells = [
    readCell(forward, kind, forward.config, x),
    readCell(backward, kind, backward.config, x),
  ] as const;
  const both = { kind, mode, sequences, cells, x, initial };
  const stateful = flag(wrapped.config, "stateful", false);
  const alike = cells[0].units === cells[1].units && cells[0].resetAfter === cells[1].resetAfter;
  const oneOperator = alike && !call.mask && !backwards && !stateful && cells.every(isNative);
  const { outputs, states } = oneOperator
    ? runBothAtOnce(call, both)
    : runOneByOne(call, directions, both, backwards);
  return flag(wrapped.config, "returnState", false) ? [...outputs, ...states] : outputs;
};

/**
 * Weights are `<name>/forward_<inner>/...` and `<name>/backward_<inner>/...`. Keras writes the backward layer with a
 * config of its own, which tfjs ignores.
 */
function directionsOf(call: LayerCall, wrapped: LayerDef): [LayerCall, LayerCall] {
  const { config } = call;
  const own = isKeras(call) && isRecord(config.backwardLayer) ? config.backwardLayer : undefined;
  const back = own ? readWrapped(own, call.layer) : undefined;
  if (back && back.className !== wrapped.className)
    refuse(
      `wraps a ${wrapped.className} and, backwards, a ${back.className}; they must be the same`,
    );
  const { name } = wrapped;
  const forward = isKeras(call) && name.startsWith("forward_") ? name : `forward_${name}`;
  const backward = back?.name ?? `backward_${name}`;
  return [
    call.withWeights(`${call.prefix}/${forward}`, "forward_layer", wrapped.config),
    call.withWeights(
      `${call.prefix}/${backward}`,
      "backward_layer",
      back?.config ?? wrapped.config,
    ),
  ];
}

/** Two ConvLSTM2D, merged like any other pair. */
function bidirectionalImages(call: LayerCall, wrapped: LayerDef): Tensor[] {
  const directions = directionsOf(call, wrapped);
  const states = call.inputs.slice(1);
  const backwards = flag(wrapped.config, "goBackwards", false);
  const sequences = flag(wrapped.config, "returnSequences", false);
  const results = directions.map((direction, i) => {
    const half = states.slice((i * states.length) / 2, ((i + 1) * states.length) / 2);
    const config = { ...direction.config, goBackwards: i === 0 ? backwards : !backwards };
    const inputs = [call.x, ...half];
    return runImages({ ...direction, config, inputs }, i === 0 ? "forward_" : "backward_");
  }) as [Tensor[], Tensor[]];
  const [forward, backward] = results.map(([output]) => output) as [Tensor, Tensor];
  const ordered = sequences ? reversed(call.b, backward) : backward;
  const outputs = merged(call, mergeMode(call.config), forward, ordered);
  return [...outputs, ...results.flatMap(([, ...finals]) => finals)];
}

interface BidirectionalResult {
  outputs: Tensor[];
  states: Tensor[];
}

/** Two runs, each with its own operator or Scan. `backwards` is the wrapped layer's own go_backwards. */
function runOneByOne(
  call: LayerCall,
  directions: readonly [LayerCall, LayerCall],
  { mode, sequences, cells, x, initial }: BothDirections,
  backwards: boolean,
): BidirectionalResult {
  const half = initial.length / 2;
  const forward = runLayer(
    directions[0],
    [cells[0]],
    { x, initial: initial.slice(0, half), backwards },
    "forward_",
  );
  const backward = runLayer(
    directions[1],
    [cells[1]],
    { x, initial: initial.slice(half), backwards: !backwards },
    "backward_",
  );
  const outputs = sequences
    ? merged(call, mode, forward.sequence, reversed(call.b, backward.sequence))
    : merged(call, mode, forward.states[0] as Tensor, backward.states[0] as Tensor);
  return { outputs, states: [...forward.states, ...backward.states] };
}

/** direction=bidirectional: one operator for both; Y keeps the original order of time in both directions. */
function runBothAtOnce(call: LayerCall, both: BothDirections): BidirectionalResult {
  const { kind, mode, sequences, cells, x, initial } = both;
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
    Tensor, // [T, 2, B, H]
    Tensor, // [2, B, H]
  ];
  const units = cells[0].units;
  const pick = (t: Tensor, axis: number, i: number) =>
    b.squeeze(b.slice(t, axis, i, i + 1), [axis]);
  let outputs: Tensor[];
  if (mode === "concat") {
    outputs = sequences
      ? [b.reshape(b.transpose(y, [2, 0, 1, 3]), [0, 0, 2 * units])] // [B, T, 2H]
      : [b.reshape(b.transpose(last[0], [1, 0, 2]), [0, 2 * units])]; // [B, 2H]
  } else if (sequences) {
    const [forward, backward] = [0, 1].map((i) => b.transpose(pick(y, 1, i), [1, 0, 2])) as [
      Tensor,
      Tensor,
    ];
    outputs = merged(call, mode, forward, backward);
  } else {
    outputs = merged(call, mode, pick(last[0], 0, 0), pick(last[0], 0, 1));
  }
  return { outputs, states: [0, 1].flatMap((i) => last.map((s) => pick(s, 0, i))) };
}
