/** Recurrent cells as a Scan: their formulas, for what the ONNX operators lack or compute slowly. */
import type { Builder } from "../builder.ts";
import type { Constant, Tensor } from "../ir.ts";
import { activate } from "./activation.ts";
import { type Cell, STATES } from "./cells.ts";
import type { LayerCall } from "./layer.ts";

/** The outputs of all steps [B, T, H] and the last states [B, H] each. */
interface ScanResult {
  sequence: Tensor;
  states: Tensor[];
}

/**
 * Runs a cell over x [B, T, in], from `start` (zeros if empty). Where `valid` [B, T, 1] is false, a step leaves the states
 * as they are. The input's product is one for all steps; each step has only that of the state.
 */
export function runScan(
  call: LayerCall,
  cell: Cell,
  x: Tensor,
  start: readonly Tensor[],
  valid: Tensor | undefined,
): ScanResult {
  const { b } = call;
  const { units } = cell;
  const zeros = () => b.zeros([b.size(x, 0), units], [x.shape[0] ?? null, units]);
  const states = start.length > 0 ? start : STATES[cell.kind].map(zeros);
  const gates = inputGates(b, cell, x);
  const weights = stateWeights(b, cell);
  const result = b.scan({
    states,
    sequences: valid ? [gates, b.transpose(valid, [1, 0, 2])] : [gates],
    step(inner, before, [item, unmasked]) {
      const after = STEPS[cell.kind](inner, cell, item as Tensor, before, weights);
      const next = unmasked
        ? after.map((s, i) => inner.op("Where", [unmasked, s, before[i]]))
        : after;
      return { states: next, outputs: [next[0] as Tensor] };
    },
  });
  return { sequence: b.transpose(result.sequences[0] as Tensor, [1, 0, 2]), states: result.states };
}

/** Where each gate of a step lies among tfjs's: those with the recurrent activation come first, side by side. */
const ORDER: Readonly<Record<Cell["kind"], readonly number[]>> = {
  SimpleRNN: [0],
  GRU: [0, 1, 2],
  LSTM: [0, 1, 3, 2], // i, f, o, g
};

/** x W + b of all steps, [T, B, G*H]. Of rank 2, because onnxruntime then adds the bias within the product. */
function inputGates(b: Builder, cell: Cell, x: Tensor): Tensor {
  const order = ORDER[cell.kind];
  const [batch = null, time = null, features = null] = x.shape;
  const rows = b.reshape(
    b.transpose(x, [1, 0, 2]),
    [-1, cell.kernel.shape[0] as number],
    [null, features],
  );
  const product = b.op("MatMul", [rows, columns(b, cell.kernel, cell.units, order)]);
  const sums = added(b, product, cell.bias && columns(b, cell.bias, cell.units, order));
  const width = order.length * cell.units;
  return b.reshapeTo(sums, [b.size(x, 1), -1, width], [time, batch, width]);
}

/** What the state is multiplied with, and the bias of that product. */
interface StateWeights {
  /** Weights of all gates or, for a GRU that resets the state before the product, of z and r. */
  gates: Constant;
  gatesBias: Constant | undefined;
  /** Weights of that GRU's candidate. */
  candidate: Constant | undefined;
}

function stateWeights(b: Builder, cell: Cell): StateWeights {
  const { kind, units, recurrent, recurrentBias } = cell;
  const order = ORDER[kind];
  const apart = kind === "GRU" && !cell.resetAfter;
  return {
    gates: columns(b, recurrent, units, apart ? [0, 1] : order),
    gatesBias: recurrentBias && columns(b, recurrentBias, units, order),
    candidate: apart ? columns(b, recurrent, units, [2]) : undefined,
  };
}

/** The columns of some gates of a weight [rows, gates * units] or [gates * units], in this order. */
function columns(b: Builder, weight: Constant, units: number, gates: readonly number[]): Constant {
  const width = weight.shape.at(-1) as number;
  if (gates.length * units === width && gates.every((gate, i) => gate === i)) return weight;
  const data = weight.data as Float32Array;
  const rows = data.length / width;
  const out = new Float32Array(rows * gates.length * units);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (const gate of gates) {
      const from = row * width + gate * units;
      out.set(data.subarray(from, from + units), at);
      at += units;
    }
  }
  const shape = [...weight.shape.slice(0, -1), gates.length * units];
  return b.constant(weight.name, "float32", shape, out);
}

/** States before a step -> states after it; gates = x W + b [B, G*H] in the order above is given. */
type Step = (
  b: Builder,
  cell: Cell,
  gates: Tensor,
  states: readonly Tensor[],
  weights: StateWeights,
) => Tensor[];

const split = (b: Builder, x: Tensor, parts: readonly number[], axis = 1): Tensor[] =>
  b.ops("Split", [x, b.ints(parts)], { axis });

const added = (b: Builder, x: Tensor, bias: Tensor | undefined): Tensor =>
  bias ? b.op("Add", [x, bias]) : x;

/** One step of each cell, as tfjs computes it. */
const STEPS: Readonly<Record<Cell["kind"], Step>> = {
  SimpleRNN(b, cell, gates, [h], weights) {
    return [activate(b, b.op("Add", [b.op("MatMul", [h, weights.gates]), gates]), cell.activation)];
  },
  GRU(b, cell, gates, [h], weights) {
    const n = cell.units;
    const product = added(b, b.op("MatMul", [h, weights.gates]), weights.gatesBias); // [B, 2H] or [B, 3H]
    const [xzr, xh] = split(b, gates, [2 * n, n]);
    const [hzr, hh] = cell.resetAfter ? split(b, product, [2 * n, n]) : [product];
    const [z, r] = gatesOf(b, cell, b.op("Add", [hzr, xzr]), 2);
    const inner = hh
      ? b.op("Mul", [r, hh])
      : b.op("MatMul", [b.op("Mul", [r, h]), weights.candidate]);
    const candidate = activate(b, b.op("Add", [inner, xh]), cell.activation);
    // z h + (1 - z) candidate, with one operator less
    const change = b.op("Mul", [z, b.op("Sub", [h, candidate])]);
    return [b.op("Add", [candidate, change])];
  },
  LSTM(b, cell, gates, [h, c], weights) {
    const n = cell.units;
    const sums = b.op("Add", [b.op("MatMul", [h, weights.gates]), gates]);
    const [ifo, g] = split(b, sums, [3 * n, n]);
    const [i, f, o] = gatesOf(b, cell, ifo as Tensor, 3);
    const candidate = activate(b, g as Tensor, cell.activation);
    return lstmStates(b, cell, [i, f, candidate, o] as Tensor[], c as Tensor);
  },
};

/** The recurrent activation of gates [B, count*H] side by side: at once where it is one of single numbers. */
function gatesOf(b: Builder, cell: Cell, sums: Tensor, count: number): Tensor[] {
  const { units, recurrentActivation } = cell;
  const parts = Array.from({ length: count }, () => units);
  if (!/softmax/i.test(recurrentActivation))
    return split(b, activate(b, sums, recurrentActivation), parts);
  return split(b, sums, parts).map((sum) => activate(b, sum, recurrentActivation));
}

type Activations = Pick<Cell, "activation" | "recurrentActivation">;

/** From the sums of the gates i, f, g, o: h' and c'. `axis` is where the units are. */
export function lstmGates(
  b: Builder,
  cell: Activations,
  sums: readonly Tensor[],
  c: Tensor,
  axis = -1,
): Tensor[] {
  const [i, f, g, o] = sums as [Tensor, Tensor, Tensor, Tensor];
  const gate = (x: Tensor) => activate(b, x, cell.recurrentActivation, axis);
  const candidate = activate(b, g, cell.activation, axis);
  return lstmStates(b, cell, [gate(i), gate(f), candidate, gate(o)], c, axis);
}

/** c' = f c + i g, h' = o act(c'), from the gates i, f, g, o. */
function lstmStates(
  b: Builder,
  cell: Activations,
  gates: readonly Tensor[],
  c: Tensor,
  axis = -1,
): Tensor[] {
  const [i, f, g, o] = gates as [Tensor, Tensor, Tensor, Tensor];
  const next = b.op("Add", [b.op("Mul", [f, c]), b.op("Mul", [i, g])]);
  return [b.op("Mul", [o, activate(b, next, cell.activation, axis)]), next];
}
