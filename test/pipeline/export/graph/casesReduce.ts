/** Cases of reductions, of orders along an axis, of products of matrices and of detection. */
import { fusedVectors } from "./casesConvolution.ts";
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
  type Operand,
  result,
  steps,
  weights,
  whole,
} from "./opCases.ts";

const reduced = (x: Operand, axes: Operand, keep = false): OpCase => ({
  inputs: [x, axes],
  attrs: { keep_dims: attr.flag(keep) },
});

const reduction = (make: (shape: number[]) => Operand): OpCase[] => [
  reduced(make([2, 3, 4]), ints(1)),
  reduced(make([2, 3, 4]), ints(1, 2), true),
  reduced(make([2, 3, 4]), ints(0, 1, 2)),
  reduced(make([2, 3, 4]), ints(-1), true),
  reduced(make([2, 3, 4]), ints(0)),
  reduced(make([2, 3]), int(1)),
  reduced(make([5]), ints(0)),
  reduced(make([2, 3]), ints()),
];

const numeric: OpCase[] = [
  ...reduction((shape) => data(shape)),
  reduced(whole([2, 4]), ints(1)),
  reduced(whole([2, 4]), ints(0, 1), true),
];

const arg = (x: Operand, axis: number): OpCase => ({ inputs: [x, int(axis)] });
const args: OpCase[] = [
  arg(data([2, 5]), 1),
  arg(data([2, 3, 4]), -1),
  arg(data([2, 3, 4]), 1),
  arg(data([4]), 0),
  arg(steps([3, 6]), 1),
  arg(whole([3, 6]), 0),
];

const top = (x: Operand, k: number): OpCase => ({
  inputs: [x, int(k)],
  attrs: { sorted: attr.flag(true) },
  outputs: 2,
});

const summed = (x: Operand, axis: number, exclusive = false, reverse = false): OpCase => ({
  inputs: [x, int(axis)],
  attrs: { exclusive: attr.flag(exclusive), reverse: attr.flag(reverse) },
});

const product = (a: Operand, b: Operand, turnA = false, turnB = false): OpCase => ({
  inputs: [a, b],
  attrs: { transpose_a: attr.flag(turnA), transpose_b: attr.flag(turnB) },
});

const products: OpCase[] = [
  product(data([2, 3]), weights([3, 4])),
  product(data([2, 3]), weights([4, 3]), false, true),
  product(data([3, 2]), weights([3, 4]), true),
  product(data([3, 2]), data([4, 3]), true, true),
  product(data([2, 3]), data([3, 2])),
  product(whole([2, 3]), whole([3, 4])),
];

const batched = (a: number[], b: number[], turnA = false, turnB = false): OpCase => ({
  inputs: [data(a), data(b, { seed: 1 })],
  attrs: { adj_x: attr.flag(turnA), adj_y: attr.flag(turnB) },
});

const batches: OpCase[] = [
  batched([2, 3, 4], [2, 4, 5]),
  batched([2, 3, 4], [2, 5, 4], false, true),
  batched([2, 4, 3], [2, 4, 5], true),
  batched([2, 2, 3, 4], [2, 2, 4, 2]),
  batched([2, 3, 4], [1, 4, 5]),
];

const einsum = (equation: string, ...shapes: number[][]): OpCase => ({
  inputs: shapes.map((shape, seed) => data(shape, { seed })),
  attrs: { equation: attr.text(equation), N: attr.int(shapes.length) },
});

const soft: OpCase[] = each(
  [data([2, 5], { low: -5, high: 5 })],
  [data([2, 3, 4], { low: -5, high: 5 })],
  [data([4])],
);

/** Three overlapping pairs of boxes; the fifth has the corners the other way round. */
const BOXES = given(
  [6, 4],
  [
    [0, 0, 1, 1],
    [0, 0.1, 1, 1.1],
    [2, 2, 3, 3],
    [2, 2.05, 3, 3],
    [5, 5, 4, 4],
    [0, 3, 1, 4],
  ].flat(),
);
const SCORES = given([6], [0.9, 0.75, 0.6, 0.95, 0.5, 0.3]);

/** Boxes to keep at most, the overlap that removes, and the lowest score. */
const kept = (
  count: number,
  overlap: number,
  lowest: number,
  outputs: number,
  padded = false,
): OpCase => ({
  inputs: [BOXES, SCORES, int(count), float(overlap), float(lowest)],
  attrs: { pad_to_max_output_size: attr.flag(padded) },
  outputs,
});

export const REDUCE_CASES: OpCases = {
  All: reduction((shape) => bools(shape)),
  Any: reduction((shape) => bools(shape)),
  ArgMax: args,
  ArgMin: args,
  BatchMatMul: batches,
  BatchMatMulV2: [...batches, batched([2, 3, 4], [4, 5])],
  Cumsum: [
    summed(data([2, 5]), 1),
    summed(data([2, 5]), 1, true),
    summed(data([2, 5]), 1, false, true),
    {
      ...summed(given([2, 3], [1, 2, 3, 4, 5, 6]), -1, true, true),
      // TensorFlow.js takes no axis from the end
      expected: [result([2, 3], [5, 3, 0, 11, 6, 0])],
    },
    summed(data([2, 3, 4]), 1),
    summed(data([4]), 0),
    summed(whole([2, 4]), 1),
  ],
  Einsum: [
    einsum("ij,jk->ik", [2, 3], [3, 4]),
    einsum("bij,bjk->bik", [2, 3, 4], [2, 4, 2]),
    einsum("bij,kj->bik", [2, 3, 4], [5, 4]),
    einsum("abc,cde->abde", [2, 3, 4], [4, 2, 3]),
    einsum("bfnh,btnh->bnft", [2, 3, 2, 4], [2, 5, 2, 4]),
    // TensorFlow.js has no "..."
    {
      inputs: [given([1, 2, 2], [1, 2, 3, 4]), given([2, 1], [10, 100])],
      attrs: { equation: attr.text("...ij, jk -> ...ik"), N: attr.int(2) },
      expected: [result([1, 2, 1], [210, 430])],
    },
  ],
  // TensorFlow.js's takes one axis or two
  EuclideanNorm: reduction((shape) => data(shape)).filter(({ inputs }) =>
    [1, 2].includes(inputs[1]?.data.length ?? 0),
  ),
  LogSoftmax: soft,
  MatMul: products,
  Max: numeric,
  Mean: reduction((shape) => data(shape)),
  Min: numeric,
  NonMaxSuppressionV2: [{ inputs: kept(6, 0.5, 0, 1).inputs.slice(0, 4) }],
  NonMaxSuppressionV3: [
    kept(6, 0.5, 0, 1),
    kept(2, 0.5, 0, 1),
    kept(6, 0.95, 0.4, 1),
    kept(6, 0.1, 0.55, 1),
  ],
  NonMaxSuppressionV4: [kept(6, 0.5, 0.4, 2), kept(6, 0.5, 0.4, 2, true), kept(3, 0.5, 0, 2, true)],
  NonMaxSuppressionV5: [
    {
      inputs: [...kept(6, 0.5, 0.4, 2).inputs, float(0)],
      attrs: { pad_to_max_output_size: attr.flag(false) },
      outputs: 2,
    },
  ],
  Prod: numeric,
  Softmax: soft,
  Sum: numeric,
  TopKV2: [
    top(data([2, 6]), 3),
    top(data([2, 6]), 1),
    top(data([2, 3, 5]), 5),
    top(steps([3, 8]), 4),
    top(whole([2, 6]), 3),
    top(data([7]), 2),
  ],
  UnsortedSegmentSum: [
    {
      inputs: [given([3, 2], [1, 2, 3, 4, 5, 6]), given([3], [1, 0, 1], "int32"), int(3)],
      expected: [result([3, 2], [3, 4, 6, 8, 0, 0])],
    },
    {
      inputs: [given([2], [1, 2]), given([2], [1, 1], "int32"), int(2)],
      expected: [result([2], [0, 3])],
    },
  ],
  Where: each([bools([2, 4])], [bools([5])], [steps([2, 3])], [given([3], [0, 0, 0], "bool")]),
  _FusedMatMul: [
    ...fusedVectors(product(data([2, 3]), weights([3, 4])), 4),
    ...fusedVectors(product(data([2, 3]), weights([4, 3]), false, true), 4).slice(0, 2),
  ],
};
