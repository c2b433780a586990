/** Recurrent layers: SimpleRNN, GRU, LSTM, RNN over cells and stacks of cells. */
import { flag, isRecord, type LayerConfig } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Dim, Tensor } from "../ir.ts";
import { storedNames } from "../keras3.ts";
import { type Cell, type CellKind, readCell, STATES } from "./cells.ts";
import { float, isKeras, type LayerCall, type LayerFunction, refuseAsTfjs } from "./layer.ts";
import { fitMask, type RecurrentResult, runCells } from "./sequence.ts";

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
export function runLayer(
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
export function inputsOf({ b, inputs }: LayerCall): [Tensor, Tensor[]] {
  const [x, ...initial] = inputs.map((t) => float(b, t)) as [Tensor, ...Tensor[]];
  if (x.shape.length !== 3)
    refuse(`needs an input [batch, time, features], but its shape is [${x.shape}]`);
  return [x, initial];
}

/** The layers differ in their cells only. */
const recurrent =
  (cellsOf: (call: LayerCall, x: Tensor) => Cell[]): LayerFunction =>
  (call) => {
    const [x, given] = inputsOf(call);
    const cells = cellsOf(call, x);
    const backwards = flag(call.config, "goBackwards", false);
    if (!isKeras(call))
      return outputsOf(call.config, runLayer(call, cells, { x, initial: given, backwards }));
    const initial = otherWayRound(given, cells);
    const result = runLayer(call, cells, { x, initial, backwards });
    const [output, ...states] = outputsOf(call.config, result) as [Tensor, ...Tensor[]];
    return [output, ...otherWayRound(states, cells.toReversed())];
  };

/** States of stacked cells with the last cell's first: Keras counts them from the bottom, tfjs from the top. */
function otherWayRound(states: readonly Tensor[], cells: readonly Cell[]): Tensor[] {
  const rest = [...states];
  const groups = cells.map(({ kind }) => rest.splice(0, STATES[kind].length));
  return [...groups.toReversed().flat(), ...rest];
}

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
      const named = call.withWeights(cellPrefix(call, inner, i), `cell/cells/${stored[i]}`);
      const own: LayerCall = {
        ...named,
        // of Keras, as TensorFlow.js does not find it either
        weight: (name) =>
          named.optionalWeight(name) ??
          refuseAsTfjs(call, `weight "${named.prefix}/${name}" is not in the weights file`),
      };
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
