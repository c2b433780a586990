/** Operators that take values by their positions, and those that write them. */
import { refuse } from "../../errors.ts";
import type { Dim, Shape, Tensor } from "../../ir.ts";
import { alike, axisFor, int64, knownSize, like, type OpCall, type OpFunction } from "../call.ts";
import type { FoldingBuilder } from "../fold/builder.ts";
import { select } from "./elementwise.ts";

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
const GatherNd: OpFunction = ({ b, input }) => {
  knownSize(input(1).shape.at(-1), "length of the positions");
  return b.op("GatherND", [input(0), int64(b, input(1))]);
};

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
  return select(b, hit, on, off);
};

export const GATHER: Readonly<Record<string, OpFunction>> = {
  Gather: GatherV2,
  GatherNd,
  GatherV2,
  OneHot,
  ScatterNd,
  SparseToDense,
  TensorScatterUpdate,
};
