/** Operators that take parts of a tensor by begins, ends and steps. */
import { TO_END } from "../../builder.ts";
import type { Dim, Tensor } from "../../ir.ts";
import { sliced } from "../../shapes.ts";
import { axisFor, int64, knownSize, like, type OpCall, type OpFunction } from "../call.ts";
import { select } from "./elementwise.ts";

/** Begins and sizes; a size of -1 runs to the end. */
const Slice: OpFunction = (call) => {
  const { b } = call;
  const x = call.input(0);
  const rank = x.shape.length;
  const [begin, size] = [call.sizes(1), call.sizes(2)];
  const axes = x.shape.map((_, i) => i);
  if (begin?.every(isNumber) && size?.every(isNumber)) {
    const ends = begin.map((from, i) => (size[i] === -1 ? TO_END : from + (size[i] as number)));
    const cut = axes.filter(
      (i) => begin[i] !== 0 || (ends[i] !== TO_END && ends[i] !== x.shape[i]),
    );
    if (cut.length === 0) return x;
    const of = (list: readonly number[]) => b.ints(cut.map((i) => list[i]!));
    return b.op("Slice", [x, of(begin), of(ends), b.ints(cut)]);
  }
  const from = int64(b, call.input(1));
  const sizes = int64(b, call.input(2));
  const toEnd = b.op("Equal", [sizes, b.ints([-1])]);
  const ends = b.op("Where", [toEnd, b.ints([TO_END]), b.op("Add", [from, sizes])]);
  const shape = axes.map((i): Dim => {
    const [at, count] = [begin?.[i], size?.[i]];
    if (count === -1) return at === 0 ? (x.shape[i] ?? null) : null;
    return count ?? null;
  });
  return b.op(
    "Slice",
    [x, from, ends, b.ints(Array.from({ length: rank }, (_, i) => i))],
    {},
    { shape },
  );
};

const isNumber = (d: Dim | undefined): d is number => typeof d === "number";

/** One axis of a StridedSlice: a position is a number, or where it is computed, its place in the input. */
interface Range {
  axis: number;
  begin: number | undefined;
  end: number | undefined;
  step: number;
  /** The entry of `begin` and `end` that it came from. */
  entry: number;
  /** The axis goes: only the value at `begin` stays. */
  shrink: boolean;
}

/**
 * Numpy's x[begin:end:step, ..., newaxis], with a bit per entry in five masks (tf.strided_slice).
 */
const StridedSlice: OpFunction = (call) => {
  const { b } = call;
  const x = call.input(0);
  const { ranges, newAxes } = rangesOf(call, x.shape.length);
  const cut = ranges.filter(
    ({ begin, end, step, shrink }) => shrink || !(begin === 0 && end === TO_END && step === 1),
  );
  let y = x;
  if (cut.length > 0) {
    const shape: Dim[] = [...x.shape];
    for (const { axis, begin, end, step } of cut) {
      shape[axis] =
        begin === undefined || end === undefined
          ? null
          : sizeOfRange(shape[axis] ?? null, begin, end, step);
    }
    for (const { axis, shrink } of cut) if (shrink) shape[axis] = 1;
    y = b.op(
      "Slice",
      [
        x,
        positions(call, 1, cut, ({ begin }) => begin),
        ends(call, cut),
        b.ints(cut.map(({ axis }) => axis)),
        b.ints(cut.map(({ step }) => step)),
      ],
      {},
      { shape },
    );
  }
  const gone = ranges.filter(({ shrink }) => shrink).map(({ axis }) => axis);
  if (gone.length > 0) y = b.squeeze(y, gone);
  return newAxes.length > 0 ? b.unsqueeze(y, newAxes) : y;
};

/** Size of a range; on an axis of unknown size, known only for the whole axis and its first or last value. */
function sizeOfRange(d: Dim, begin: number, end: number, step: number): Dim {
  if (typeof d === "number") return sliced(d, begin, end, step);
  const isWhole = Math.abs(step) === 1 && Math.abs(end) === TO_END && begin === (step > 0 ? 0 : -1);
  if (isWhole) return d;
  const isFirst = begin === 0 && end === 1;
  const isLast = begin === -1 && end === TO_END;
  return isFirst || isLast ? 1 : null;
}

/** The axes of the input that each entry is about, and the places of new axes in the result. */
function rangesOf(call: OpCall, rank: number): { ranges: Range[]; newAxes: number[] } {
  const { attrs } = call;
  const [begins, ends] = [call.sizes(1), call.sizes(2)];
  const count = begins?.length ?? knownSize(call.input(1).shape[0], "number of slices");
  const steps =
    call.inputs.length > 3 ? call.ints(3, "steps of the slices") : Array<number>(count).fill(1);
  const has = (mask: string, i: number) => ((attrs.int(mask, 0) >> i) & 1) === 1;
  const ranges: Range[] = [];
  const newAxes: number[] = [];
  const entries = Array.from({ length: count }, (_, i) => i);
  const ellipsis = entries.find((i) => has("ellipsis_mask", i)) ?? count;
  const isNew = (i: number) => has("new_axis_mask", i);
  const behind = entries.filter((i) => i > ellipsis && !isNew(i)).length;
  let [axis, out] = [0, 0];
  for (const i of entries) {
    if (i === ellipsis) {
      const skipped = Math.max(rank - behind - axis, 0);
      axis += skipped;
      out += skipped;
    } else if (isNew(i)) {
      newAxes.push(out++);
    } else {
      const shrink = has("shrink_axis_mask", i);
      const step = shrink ? 1 : steps[i]!;
      const number = (d: Dim | undefined) => (typeof d === "number" ? d : undefined);
      const begin = has("begin_mask", i) && !shrink ? (step > 0 ? 0 : -1) : number(begins?.[i]);
      const end = shrink
        ? begin === undefined
          ? undefined
          : begin === -1
            ? TO_END
            : begin + 1
        : has("end_mask", i)
          ? step > 0
            ? TO_END
            : -TO_END
          : number(ends?.[i]);
      ranges.push({ axis: axis++, begin, end, step, entry: i, shrink });
      if (!shrink) out++;
    }
  }
  return { ranges, newAxes };
}

/** The positions as one int64 vector, computed ones taken from input `i`. */
function positions(
  call: OpCall,
  i: number,
  ranges: readonly Range[],
  known: (range: Range) => number | undefined,
): Tensor {
  const { b } = call;
  const values = ranges.map(known);
  if (values.every((v) => v !== undefined)) return b.ints(values);
  const given = int64(b, call.input(i));
  return b.op(
    "Concat",
    ranges.map((range, k) =>
      values[k] === undefined
        ? b.slice(given, 0, range.entry, range.entry + 1)
        : b.ints([values[k]!]),
    ),
    { axis: 0 },
  );
}

/** Ends; that of a single value is one behind its computed begin, which may be -1, the last. */
function ends(call: OpCall, ranges: readonly Range[]): Tensor {
  const { b } = call;
  if (!ranges.some(({ shrink, begin }) => shrink && begin === undefined))
    return positions(call, 2, ranges, ({ end }) => end);
  const parts = ranges.map((range) => {
    if (!range.shrink || range.begin !== undefined)
      return positions(call, 2, [range], ({ end }) => end);
    const begin = b.slice(int64(b, call.input(1)), 0, range.entry, range.entry + 1);
    const last = b.op("Equal", [begin, b.ints([-1])]);
    return b.op("Where", [last, b.ints([TO_END]), b.op("Add", [begin, b.ints([1])])]);
  });
  return parts.length === 1 ? parts[0]! : b.op("Concat", parts, { axis: 0 });
}

const ReverseV2: OpFunction = (call) => {
  const x = call.input(0);
  return call
    .ints(1, "axes")
    .map((axis) => axisFor(axis, x.shape.length))
    .reduce((y, axis) => call.b.slice(y, axis, -1, -TO_END, -1), x);
};

/** The band of a matrix between two diagonals, by arithmetic on its row and column numbers. */
const MatrixBandPart: OpFunction = (call) => {
  const { b } = call;
  const x = call.input(0);
  const [rows, columns] = [x.shape.at(-2), x.shape.at(-1)].map((d) => knownSize(d, "matrix size"));
  const [lower] = call.ints(1, "number of lower diagonals");
  const [upper] = call.ints(2, "number of upper diagonals");
  const inside = Array.from({ length: rows! * columns! }, (_, i) => {
    const [row, column] = [Math.floor(i / columns!), i % columns!];
    return (lower! < 0 || row - column <= lower!) && (upper! < 0 || column - row <= upper!) ? 1 : 0;
  });
  const band = b.constant(`${b.scope}/band`, "bool", [rows!, columns!], Uint8Array.from(inside));
  return select(b, band, x, b.cast(like(b, x, 0), x.dtype));
};

export const SLICE: Readonly<Record<string, OpFunction>> = {
  MatrixBandPart,
  ReverseV2,
  Slice,
  StridedSlice,
};
