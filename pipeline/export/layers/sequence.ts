/** Runs recurrent cells over a sequence, each as an ONNX operator or as a Scan; masks as tfjs applies them. */
import type { Builder } from "../builder.ts";
import { TO_END } from "../builder.ts";
import { refuse } from "../errors.ts";
import type { Tensor } from "../ir.ts";
import { type Cell, cellAttrs, formOf, OPERATOR, operatorWeights, STATES } from "./cells.ts";
import { float, type LayerCall } from "./layer.ts";
import { runScan } from "./scan.ts";

/** The outputs of all steps [B, T, H] and the last states [B, H] each, the top cell's first. */
export interface RecurrentResult {
  sequence: Tensor;
  states: Tensor[];
}

/** x or a mask with its time axis reversed. */
export const reversed = (b: Builder, x: Tensor): Tensor => b.slice(x, 1, -1, -TO_END, -1);

/**
 * Runs `cells` (bottom first) over x [B, T, in]. `initial` holds the states tfjs would be given, top cell first;
 * empty means zeros. With `backwards` the sequence comes out in reversed order, as in tfjs.
 */
export function runCells(
  call: LayerCall,
  cells: readonly Cell[],
  x: Tensor,
  initial: readonly Tensor[],
  backwards: boolean,
): RecurrentResult {
  const { b } = call;
  const ordered = backwards ? reversed(b, x) : x;
  const mask = call.mask && fitMask(call, call.mask, x, backwards);
  const packed = mask && packSequence(b, ordered, mask);
  const starts = statesPerCell(cells, initial);
  let sequence = packed ? packed.x : ordered;
  let states: Tensor[] = [];
  for (const [i, cell] of cells.entries()) {
    const start = starts[i] as Tensor[];
    const result =
      formOf(cell, call.purpose) === "operator"
        ? runOperator(call, cell, sequence, start, packed)
        : runScan(call, cell, sequence, start, packed?.valid);
    sequence = result.sequence;
    states = [...result.states, ...states];
  }
  if (packed) sequence = packed.unpack(sequence, starts.at(-1)?.[0]);
  return { sequence, states };
}

/** The flat list, top cell first, cut into one list per cell, bottom cell first. */
function statesPerCell(cells: readonly Cell[], initial: readonly Tensor[]): Tensor[][] {
  const total = cells.reduce((n, c) => n + STATES[c.kind].length, 0);
  if (initial.length === 0) return cells.map(() => []);
  if (initial.length !== total)
    refuse(`is given ${initial.length} initial states, its cells have ${total}`);
  const rest = [...initial];
  return cells
    .toReversed()
    .map((c) => rest.splice(0, STATES[c.kind].length))
    .reverse();
}

/** tfjs reads the first T columns of the mask it gets, whichever it is; with fewer columns it throws. */
export function fitMask(call: LayerCall, mask: Tensor, x: Tensor, backwards: boolean): Tensor {
  const { b } = call;
  if (mask.shape.length !== 2) {
    refuse(
      `the mask that reaches this layer has shape [${mask.shape}] instead of [batch, time]; TensorFlow.js fails here too`,
    );
  }
  const [columns, steps] = [mask.shape[1] ?? null, x.shape[1] ?? null];
  const ordered = backwards ? reversed(b, mask) : mask;
  if (columns !== null && columns === steps) return ordered;
  if (typeof columns === "number" && typeof steps === "number" && columns < steps) {
    refuse(
      `the mask that reaches this layer covers ${columns} steps, its input has ${steps}; TensorFlow.js fails here too`,
    );
  }
  const end = b.size(x, 1);
  return b.op(
    "Slice",
    [ordered, b.ints([0]), end, b.ints([1])],
    {},
    { shape: [mask.shape[0] ?? null, steps] },
  );
}

/** A sequence whose masked steps are moved to the end. */
interface PackedSequence {
  /** The unmasked steps in their order, then the masked ones. */
  x: Tensor;
  /** How many steps are unmasked: int32 [B]. */
  lengths: Tensor;
  /** lengths > 0: [B, 1] bool. */
  some: Tensor;
  /** [B, T, 1] bool: which steps of the packed sequence are unmasked. */
  valid: Tensor;
  /** Puts outputs of a packed sequence at the original steps: a masked step repeats the unmasked one before it. */
  unpack(sequence: Tensor, start: Tensor | undefined): Tensor;
}

/**
 * A masked step changes no state, so running the unmasked steps in a row gives the same states wherever the masked
 * ones are. TopK keeps equal elements in order, which makes it a stable sort of the mask.
 */
function packSequence(b: Builder, x: Tensor, mask: Tensor): PackedSequence {
  const [batch = null, time = null] = x.shape;
  const flags = b.cast(mask, "float32");
  const [, order] = b.ops("TopK", [flags, b.size(x, 1)], { axis: 1 }) as [Tensor, Tensor];
  const counts = b.cast(mask, "int32");
  const spread = (index: Tensor, width: number) =>
    b.op(
      "Expand",
      [b.unsqueeze(index, [2]), b.ints([1, 1, width])],
      {},
      { shape: [batch, time, width] },
    );
  const features = x.shape[2];
  if (typeof features !== "number") refuse("needs a fixed number of features in its input");
  const lengths = b.op("ReduceSum", [counts, b.ints([1])], { keepdims: 0 });
  const zero = b.constant(`${b.scope}/zero`, "int32", [], new Int32Array(1));
  const one = b.constant(`${b.scope}/one`, "int32", [], Int32Array.of(1));
  const [sorted] = b.ops("TopK", [flags, b.size(x, 1)], { axis: 1 }) as [Tensor];
  return {
    x: b.op("GatherElements", [x, spread(order, features)], { axis: 1 }),
    lengths,
    some: b.unsqueeze(b.op("Greater", [lengths, zero]), [1]),
    valid: b.unsqueeze(b.cast(sorted, "bool"), [2]),
    unpack(sequence, start) {
      const width = sequence.shape[2] as number;
      const seen = b.op("CumSum", [
        counts,
        b.constant(`${b.scope}/axis`, "int32", [], Int32Array.of(1)),
      ]);
      const index = b.op("Max", [b.op("Sub", [seen, one]), zero]);
      const values = b.op("GatherElements", [sequence, spread(b.cast(index, "int64"), width)], {
        axis: 1,
      });
      const begun = b.unsqueeze(b.op("Greater", [seen, zero]), [2]);
      return b.op("Where", [begun, values, start ? b.unsqueeze(start, [1]) : b.scalar(0)]);
    },
  };
}

/** LSTM, GRU or RNN of ONNX over [B, T, in], from `start` (zeros if empty). */
function runOperator(
  call: LayerCall,
  cell: Cell,
  x: Tensor,
  start: readonly Tensor[],
  packed: PackedSequence | undefined,
): RecurrentResult {
  const { b } = call;
  const [w, r, bias] = operatorWeights(call, [cell]);
  const initial = start.map((s) => b.unsqueeze(float(b, s), [0]));
  const inputs = [b.transpose(x, [1, 0, 2]), w, r, bias, packed?.lengths, ...initial];
  const [y, ...last] = b.ops(OPERATOR[cell.kind], inputs, cellAttrs([cell], "forward"));
  const states = last.map((s, i) => {
    const state = b.squeeze(s, [0]);
    // for a length of 0 runtimes give zeros instead of the initial state
    return packed && start[i] ? b.op("Where", [packed.some, state, start[i]]) : state;
  });
  return { sequence: b.transpose(b.squeeze(y as Tensor, [1]), [1, 0, 2]), states };
}
