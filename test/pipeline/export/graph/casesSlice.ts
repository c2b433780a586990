/** Cases of the operators that take parts of a tensor, and of those that write parts. */
import { attr } from "./graphs.ts";
import {
  bools,
  data,
  each,
  float,
  given,
  int,
  ints,
  type OpCase,
  type OpCases,
  result,
  steps,
  table,
  weights,
  whole,
} from "./opCases.ts";

interface Masks {
  begin?: number;
  end?: number;
  ellipsis?: number;
  newAxis?: number;
  shrink?: number;
}

/** x[begin:end:step], with a bit per entry in each mask. */
function strided(
  shape: number[],
  [begin, end, step]: readonly [number[], number[], number[]],
  masks: Masks = {},
): OpCase {
  return {
    inputs: [data(shape), ints(...begin), ints(...end), ints(...step)],
    attrs: {
      begin_mask: attr.int(masks.begin ?? 0),
      end_mask: attr.int(masks.end ?? 0),
      ellipsis_mask: attr.int(masks.ellipsis ?? 0),
      new_axis_mask: attr.int(masks.newAxis ?? 0),
      shrink_axis_mask: attr.int(masks.shrink ?? 0),
    },
  };
}

const IDS = given([4], [2, 0, 1, 2], "int32");

const gathered = (
  shape: number[],
  indices: OpCase["inputs"][0],
  axis: number,
  batchDims = 0,
): OpCase => ({
  inputs: [data(shape), indices, int(axis)],
  attrs: { batch_dims: attr.int(batchDims) },
});

const oneHot = (
  indices: OpCase["inputs"][0],
  depth: number,
  on = float(1),
  off = float(0),
): OpCase => ({
  inputs: [indices, int(depth), on, off],
  attrs: { axis: attr.int(-1), T: attr.type(on.dtype), dtype: attr.type(on.dtype) },
});

/** TensorFlow.js reads the number of lower diagonals twice, so that the result is by definition. */
function band(shape: number[], lower: number, upper: number): OpCase {
  const x = data(shape);
  const [rows, columns] = shape.slice(-2) as [number, number];
  const kept = x.data.map((value, i) => {
    const [row, column] = [Math.floor(i / columns) % rows, i % columns];
    const inside = (lower < 0 || row - column <= lower) && (upper < 0 || column - row <= upper);
    return inside ? value : 0;
  });
  return { inputs: [x, int(lower), int(upper)], expected: [result(shape, kept)] };
}

export const SLICE_CASES: OpCases = {
  Gather: each([data([5, 3]), IDS], [data([3]), given([2, 2], [0, 2, 1, 1], "int32")]),
  GatherNd: each(
    [data([3, 4]), given([2, 2], [0, 1, 2, 3], "int32")],
    [data([3, 4, 2]), given([2, 1], [2, 0], "int32")],
    [data([2, 3, 4]), given([2, 2, 2], [0, 1, 1, 2, 0, 0, 1, 1], "int32")],
    [whole([4]), given([3, 1], [3, 0, 3], "int32")],
  ),
  GatherV2: [
    gathered([5, 3], IDS, 0),
    gathered([2, 3, 2], IDS, 1),
    gathered([2, 3], given([2, 2], [0, 2, 1, 1], "int32"), -1),
    gathered([2, 3], given([], [1], "int32"), 1),
    gathered([2, 4, 3], given([2, 2], [3, 0, 1, 1], "int32"), 1, 1),
    gathered([2, 4], given([2, 3], [3, 0, 1, 1, 2, 2], "int32"), 1, 1),
    { inputs: [whole([5]), IDS, int(0)], attrs: {} },
    { inputs: [weights([6, 2]), IDS, int(0)], attrs: { batch_dims: attr.int(0) } },
  ],
  MatrixBandPart: [
    band([4, 4], 1, 0),
    band([2, 3, 4], 0, 1),
    band([4, 3], -1, 0),
    band([3, 4], 0, -1),
    {
      inputs: [given([1, 2, 2], [1, 1, 1, 1], "bool"), int(0), int(-1)],
      expected: [result([1, 2, 2], [1, 1, 0, 1], "bool")],
    },
  ],
  OneHot: [
    oneHot(IDS, 3),
    oneHot(given([2, 2], [0, 1, 3, 7], "int32"), 4, float(2.5), float(-1)),
    oneHot(given([3], [0, -1, 2], "int32"), 3),
    oneHot(IDS, 3, int(5), int(-2)),
    {
      inputs: [given([2], [1, 0], "int32"), int(2), table([], [1], "bool"), table([], [0], "bool")],
      attrs: { T: attr.type("bool") },
      expected: [result([2, 2], [0, 1, 1, 0], "bool")],
    },
    {
      inputs: [given([2], [1, 0], "int32"), int(3), float(1), float(0)],
      attrs: { axis: attr.int(0), T: attr.type("float32") },
      expected: [result([3, 2], [0, 1, 1, 0, 0, 0])],
    },
  ],
  ReverseV2: each(
    [data([2, 4]), ints(1)],
    [data([2, 3, 4]), ints(1, 2)],
    [data([2, 3, 4]), ints(-1)],
    [data([4]), ints(0)],
    [whole([2, 3]), ints(0)],
  ),
  ScatterNd: each(
    [given([3, 1], [4, 1, 4], "int32"), data([3]), ints(6)],
    [given([2, 1], [0, 2], "int32"), data([2, 3]), ints(3, 3)],
    [given([2, 2], [0, 1, 1, 0], "int32"), data([2, 2]), ints(2, 2, 2)],
    [given([2, 1], [1, 3], "int32"), whole([2]), ints(5)],
  ),
  Slice: each(
    [data([2, 5]), ints(0, 1), ints(2, 3)],
    [data([2, 5]), ints(0, 2), ints(-1, -1)],
    [data([2, 5]), ints(0, 0), ints(2, 5)],
    [data([2, 3, 4]), ints(1, 0, 2), ints(1, 3, 1)],
    [data([5]), ints(1), ints(2)],
    [whole([2, 4]), ints(0, 1), ints(-1, 2)],
    [bools([2, 4]), ints(0, 1), ints(2, 2)],
  ),
  SparseToDense: each(
    [given([3, 1], [4, 1, 2], "int32"), ints(6), data([3]), float(0)],
    [given([3], [4, 1, 2], "int32"), ints(6), data([3]), float(-1)],
    [given([2, 2], [0, 1, 1, 2], "int32"), ints(2, 3), data([2]), float(0.5)],
    [given([2, 1], [0, 3], "int32"), ints(4), float(2), float(0)],
    [given([2, 1], [0, 3], "int32"), ints(4), whole([2]), int(1)],
  ),
  StridedSlice: [
    strided(
      [2, 5],
      [
        [0, 0],
        [2, 5],
        [1, 2],
      ],
    ),
    strided(
      [2, 6],
      [
        [0, 1],
        [2, 5],
        [1, 2],
      ],
    ),
    strided(
      [2, 6],
      [
        [0, 1],
        [2, -1],
        [1, 1],
      ],
    ),
    strided(
      [2, 6],
      [
        [0, -3],
        [2, 6],
        [1, 1],
      ],
    ),
    strided(
      [2, 6],
      [
        [0, 4],
        [2, 0],
        [1, -1],
      ],
    ),
    strided(
      [2, 6],
      [
        [0, 4],
        [0, 0],
        [1, -1],
      ],
      { begin: 3, end: 3 },
    ),
    strided(
      [2, 6],
      [
        [0, 0],
        [0, 3],
        [1, 1],
      ],
      { begin: 1, end: 1 },
    ),
    strided(
      [2, 6],
      [
        [0, 1],
        [0, 2],
        [1, 1],
      ],
      { begin: 1, end: 1, shrink: 2 },
    ),
    strided(
      [2, 6],
      [
        [0, -1],
        [0, 0],
        [1, 1],
      ],
      { begin: 1, end: 1, shrink: 2 },
    ),
    strided(
      [4, 6],
      [
        [-2, 0],
        [-1, 0],
        [1, 1],
      ],
      { end: 2, shrink: 1 },
    ),
    strided(
      [2, 3, 4],
      [
        [0, 1],
        [0, 3],
        [1, 1],
      ],
      { ellipsis: 1 },
    ),
    strided(
      [2, 3, 4],
      [
        [1, 0, 0],
        [2, 0, 2],
        [1, 1, 1],
      ],
      { ellipsis: 2 },
    ),
    strided(
      [2, 3, 4],
      [
        [0, 2],
        [0, 3],
        [1, 1],
      ],
      { ellipsis: 1, shrink: 2 },
    ),
    strided(
      [2, 3],
      [
        [0, 0, 0],
        [0, 0, 0],
        [1, 1, 1],
      ],
      { begin: 5, end: 5, newAxis: 2 },
    ),
    strided(
      [2, 3],
      [
        [0, 0, 0],
        [0, 0, 0],
        [1, 1, 1],
      ],
      { begin: 7, end: 7, newAxis: 1 },
    ),
    strided(
      [2, 3],
      [
        [0, 0],
        [0, 0],
        [1, 1],
      ],
      { ellipsis: 1, newAxis: 2 },
    ),
    strided([2, 3, 4], [[1], [2], [1]], { shrink: 1 }),
    strided(
      [2, 6],
      [
        [0, 5],
        [2, 9],
        [1, 1],
      ],
    ),
    strided([6], [[1], [4], [1]]),
    strided([6], [[-9], [9], [2]]),
    {
      ...strided([4], [[2], [3], [1]], { shrink: 1 }),
      inputs: [whole([4]), ints(2), ints(3), ints(1)],
    },
  ],
  TensorScatterUpdate: each(
    [steps([6]), given([2, 1], [4, 1], "int32"), data([2])],
    [data([3, 2]), given([1, 1], [2], "int32"), data([1, 2])],
    [data([2, 3]), given([2, 2], [0, 2, 1, 0], "int32"), data([2])],
    [whole([5]), given([2, 1], [0, 4], "int32"), table([2], [8, 9])],
  ),
};
