/** Truncated singular value decomposition of a large sparse matrix, by random projection. */

import type { Random } from "../common/random.ts";
import {
  BLOCK,
  gram,
  orthonormalise,
  packBlock,
  rotate,
  scaleColumns,
  symmetricEigen,
} from "./dense.ts";

/** Compressed sparse rows: row r holds `values[i]` at `columns[i]` for i in rowStarts[r]..rowStarts[r + 1]. */
export interface SparseMatrix {
  readonly rows: number;
  readonly columnCount: number;
  readonly rowStarts: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float32Array;
}

export interface TruncatedSvd {
  /** Number of singular triplets found: the rank asked for, or less where the matrix has less. */
  readonly rank: number;
  /** Left singular vectors [rows, rank], row-major. */
  readonly left: Float64Array;
  /** Descending. */
  readonly singularValues: Float64Array;
  /** Right singular vectors [columns, rank], row-major. */
  readonly right: Float64Array;
}

/** More columns than asked for make the last wanted ones exact too (Halko et al., section 1.3). */
const OVERSAMPLING = 16;
/** Each one sharpens the gap between wanted and unwanted directions (Halko et al., algorithm 4.4). */
const POWER_ITERATIONS = 2;

/**
 * Randomized SVD (Halko, Martinsson, Tropp 2011, "Finding structure with randomness", algorithms 4.4 and 5.1).
 *
 * @param matrix The sparse matrix, any shape.
 * @param rank Singular triplets wanted, at least 1.
 * @param random Draws the test matrix; the same stream gives the same bits.
 */
export function truncatedSvd(matrix: SparseMatrix, rank: number, random: Random): TruncatedSvd {
  const width = Math.min(rank + OVERSAMPLING, matrix.rows, matrix.columnCount);
  const test = Float64Array.from({ length: matrix.columnCount * width }, () => random.normal());
  const transposed = transpose(matrix);
  let range = orthonormalise(multiply(matrix, test, width), width);
  for (let i = 0; i < POWER_ITERATIONS; i++) {
    const back = multiply(transposed, range.vectors, range.width);
    range = orthonormalise(multiply(matrix, back, range.width), range.width);
  }

  // A ~ Q B with B = Q^T A; the eigenvectors of B B^T turn Q into the left singular vectors.
  const projected = multiply(transposed, range.vectors, range.width); // B^T [columns, width]
  const { vectors, values } = symmetricEigen(gram(projected, range.width), range.width);
  const found = Math.min(rank, range.width);
  const singularValues = Float64Array.from(values.subarray(0, found), (v) =>
    Math.sqrt(Math.max(0, v)),
  );
  const left = rotate(range.vectors, range.width, vectors, found);
  const right = rotate(projected, range.width, vectors, found);
  scaleColumns(
    right,
    Array.from(singularValues, (s) => (s > 0 ? 1 / s : 0)),
  );
  return { rank: found, left, singularValues, right };
}

/** A X: [rows, width] from X [columns, width]. */
function multiply(a: SparseMatrix, x: Float64Array, width: number): Float64Array {
  const { rows, columnCount, rowStarts, columns, values } = a;
  const out = new Float64Array(rows * width);
  const block = new Float64Array(columnCount * BLOCK);
  const sums = new Float64Array(BLOCK);
  for (let first = 0; first < width; first += BLOCK) {
    packBlock(x, width, first, block);
    const kept = Math.min(BLOCK, width - first);
    for (let row = 0; row < rows; row++) {
      sumRows(block, columns, values, rowStarts[row]!, rowStarts[row + 1]!, sums);
      for (let k = 0; k < kept; k++) out[row * width + first + k] = sums[k]!;
    }
  }
  return out;
}

/** Sum of values[i] times row columns[i] of a block, i from start to end, in this order: other orders round differently. */
function sumRows(
  block: Float64Array,
  columns: Uint32Array,
  values: Float32Array,
  start: number,
  end: number,
  out: Float64Array,
): void {
  let [s0, s1, s2, s3, s4, s5, s6, s7] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = start; i < end; i++) {
    const value = values[i]!;
    const from = columns[i]! * BLOCK;
    s0 += value * block[from]!;
    s1 += value * block[from + 1]!;
    s2 += value * block[from + 2]!;
    s3 += value * block[from + 3]!;
    s4 += value * block[from + 4]!;
    s5 += value * block[from + 5]!;
    s6 += value * block[from + 6]!;
    s7 += value * block[from + 7]!;
  }
  out[0] = s0;
  out[1] = s1;
  out[2] = s2;
  out[3] = s3;
  out[4] = s4;
  out[5] = s5;
  out[6] = s6;
  out[7] = s7;
}

/** A^T, the entries of each of its rows in the order of A's rows. */
function transpose({ rows, columnCount, rowStarts, columns, values }: SparseMatrix): SparseMatrix {
  const starts = new Uint32Array(columnCount + 1);
  for (const column of columns) starts[column + 1]!++;
  for (let column = 0; column < columnCount; column++) starts[column + 1]! += starts[column]!;
  const next = starts.slice();
  const turned = {
    rows: columnCount,
    columnCount: rows,
    rowStarts: starts,
    columns: new Uint32Array(columns.length),
    values: new Float32Array(columns.length),
  };
  for (let row = 0; row < rows; row++) {
    for (let i = rowStarts[row]!; i < rowStarts[row + 1]!; i++) {
      const to = next[columns[i]!]!++;
      turned.columns[to] = row;
      turned.values[to] = values[i]!;
    }
  }
  return turned;
}
