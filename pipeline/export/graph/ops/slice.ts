/** Operators that take parts of a tensor, and those that write parts. */
import { TO_END } from "../../builder.ts";
import { refuse } from "../../errors.ts";
import type { Dim, Shape, Tensor } from "../../ir.ts";
import { sliced } from "../../shapes.ts";
import { alike, axisFor, int64, knownSize, like, type OpCall, type OpFunction } from "../call.ts";
import type { FoldingBuilder } from "../fold/builder.ts";

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
          : sliced(shape[axis] ?? null, begin, end, step);
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

/** Slices of an axis by number, with `batch_dims` axes in front that the two share. */
const GatherV2: OpFunction = (call) => {
  const { b, attrs } = call;
  const [x, indices] = [call.input(0), call.input(1)];
  const rank = x.shape.length;
  const axis = call.inputs.length > 2 ? axisFor(call.ints(2, "axis")[0] ?? 0, rank) : 0;
  const shared = attrs.int("batch_dims", 0);
  const batch = shared < 0 ? shared + indices.shape.length : shared;
  if (batch === 0) return b.op("Gather", [x, wholeIndices(b, indices)], { axis });
  if (batch !== 1 || axis !== 1)
    refuse(`gathers along axis ${axis} with ${batch} shared axes; axis 1 with one is supported`);
  // one shared axis: pairs of the row's own number and the index
  return b.op("GatherND", [x, b.unsqueeze(int64(b, indices), [indices.shape.length])], {
    batch_dims: 1,
  });
};

const wholeIndices = (b: FoldingBuilder, indices: Tensor) =>
  indices.dtype === "float32" ? b.cast(indices, "int32") : indices;

/** Slices by index vectors: the last axis of `indices` holds positions. */
const GatherNd: OpFunction = ({ b, input }) => b.op("GatherND", [input(0), int64(b, input(1))]);

/** Rows of updates written into zeros of the given shape; those of one place are added. */
const ScatterNd: OpFunction = (call) => {
  const { b } = call;
  const [indices, updates] = [call.input(0), call.input(1)];
  const shape = sizesOfShape(call, 2);
  const zeros = b.op("Expand", [like(b, updates, 0), int64(b, call.input(2))], {}, { shape });
  return b.op("ScatterND", [zeros, int64(b, indices), updates], { reduction: "add" });
};

const TensorScatterUpdate: OpFunction = ({ b, input }) => {
  const [x, updates] = alike(b, input(0), input(2));
  return b.op("ScatterND", [x, int64(b, input(1)), updates]);
};

/** Inputs are positions, the shape, values, and the value everywhere else. */
const SparseToDense: OpFunction = (call) => {
  const { b } = call;
  const positions = call.input(0);
  const shape = sizesOfShape(call, 1);
  const [values, rest] = alike(b, call.input(2), call.inputs[3] ?? like(b, call.input(2), 0));
  const filled = b.op("Expand", [rest, int64(b, call.input(1))], {}, { shape });
  // one position of a vector may come without its axis, and one value stands for all
  const missing = positions.shape.length === 2 ? [] : positions.shape.length === 1 ? [1] : [0, 1];
  const places = missing.length > 0 ? b.unsqueeze(positions, missing) : positions;
  const count = places.shape[0] ?? null;
  const updates =
    values.shape.length === 0
      ? b.op(
          "Expand",
          [values, b.op("Shape", [places], { start: 0, end: 1 })],
          {},
          { shape: [count] },
        )
      : values;
  return b.op("ScatterND", [filled, int64(b, places), updates]);
};

/** The shape that an input holds, as far as it is known. */
function sizesOfShape(call: OpCall, i: number): Shape {
  const known = call.sizes(i);
  if (known) return known;
  const rank = knownSize(call.input(i).shape[0], "rank of the result");
  return Array<Dim>(rank).fill(null);
}

/** `depth` values per index: one `on`, all others `off`. */
const OneHot: OpFunction = (call) => {
  const { b, attrs } = call;
  const indices = call.input(0);
  const [depth = 0] = call.ints(1, "depth");
  const [on, off] = alike(b, call.input(2), call.input(3));
  const axis = attrs.int("axis", -1);
  const rank = indices.shape.length;
  const at = axis < 0 ? rank : axis;
  const wide = [depth, ...Array<number>(rank - at).fill(1)];
  const numbers = b.constant(
    `${b.scope}/classes`,
    "int64",
    wide,
    BigInt64Array.from({ length: depth }, (_, i) => BigInt(i)),
  );
  const hit = b.op("Equal", [b.unsqueeze(int64(b, indices), [at]), numbers]);
  return b.op("Where", [hit, on, off]);
};

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
  return b.op("Where", [band, x, like(b, x, 0)]);
};

export const SLICE: Readonly<Record<string, OpFunction>> = {
  Gather: GatherV2,
  GatherNd,
  GatherV2,
  MatrixBandPart,
  OneHot,
  ReverseV2,
  ScatterNd,
  Slice,
  SparseToDense,
  StridedSlice,
  TensorScatterUpdate,
};
