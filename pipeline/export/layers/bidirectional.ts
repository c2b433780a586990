/** Bidirectional: a recurrent layer in both directions of time, and their outputs merged. */
import { choice, flag, isRecord, type LayerConfig } from "../config.ts";
import { refuse } from "../errors.ts";
import type { Tensor } from "../ir.ts";
import { type LayerDef, readWrapped } from "../topology.ts";
import {
  type Cell,
  type CellKind,
  cellAttrs,
  formOf,
  OPERATOR,
  operatorWeights,
  readCell,
} from "./cells.ts";
import { runImages } from "./convLstm.ts";
import { isKeras, type LayerCall, type LayerFunction } from "./layer.ts";
import { inputsOf, runLayer } from "./recurrent.ts";
import { reversed } from "./sequence.ts";

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
  const operators = cells.every((cell) => formOf(cell, call.purpose) === "operator");
  const oneOperator = alike && !call.mask && !backwards && !stateful && operators;
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
  // Keras 2 puts the direction in front of the name that it writes, Keras 3 does not
  const backward =
    back && call.layer.dialect === "keras3" ? back.name : `backward_${(back ?? wrapped).name}`;
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
