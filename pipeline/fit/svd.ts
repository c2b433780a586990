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

/** Compressed sparse rows: row r has `values[i]` in column `columns[i]` for i in rowStarts[r]..rowStarts[r + 1]. */
export interface SparseMatrix {
  readonly rows: number;
  readonly columnCount: number;
  readonly rowStarts: Uint32Array;
  readonly columns: Uint32Array;
  readonly values: Float32Array;
}

export interface TruncatedSvd {
  /** Number of singular triplets: the requested rank, or less if the matrix has a lower rank. */
  readonly rank: number;
  /** Left singular vectors [rows, rank], row-major. */
  readonly left: Float64Array;
  /** Descending. */
  readonly singularValues: Float64Array;
  /** Right singular vectors [columns, rank], row-major. */
  readonly right: Float64Array;
}

/** Additional columns, which make the last wanted ones accurate too (Halko et al., section 1.3). */
const OVERSAMPLING = 16;
/** Each iteration widens the gap between wanted and unwanted directions (Halko et al., algorithm 4.4). */
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

  // A ~ Q B with B = Q^T A; the eigenvectors of B B^T rotate Q into the left singular vectors.
  const projected = multiply(transposed, range.vectors, range.width); // B^T [columns, width]
  const { vectors, values } = symmetricEigen(gram(projected, range.width), range.width);
  const available = Math.min(rank, range.width);
  const singularValues = Float64Array.from(values.subarray(0, available), (v) =>
    Math.sqrt(Math.max(0, v)),
  );
  const left = rotate(range.vectors, range.width, vectors, available);
  const right = rotate(projected, range.width, vectors, available);
  scaleColumns(
    right,
    Array.from(singularValues, (s) => (s > 0 ? 1 / s : 0)),
  );
  return { rank: available, left, singularValues, right };
}

/** Columns of A multiplied at a time: so many rows of a block, 2 MiB, stay in the cache while all rows of A use them. */
const TILE = 32_768;

/** A X: [rows, width] from X [columns, width]. */
function multiply(a: SparseMatrix, x: Float64Array, width: number): Float64Array {
  const { rows, columnCount, rowStarts } = a;
  const out = new Float64Array(rows * width);
  const block = new Float64Array(columnCount * BLOCK);
  const sums = new Float64Array(rows * BLOCK);
  const next = new Uint32Array(rows);
  for (let first = 0; first < width; first += BLOCK) {
    packBlock(x, width, first, block);
    sums.fill(0);
    next.set(rowStarts.subarray(0, rows));
    for (let end = TILE; end < columnCount + TILE; end += TILE)
      addColumns(a, block, end, next, sums);
    const kept = Math.min(BLOCK, width - first);
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < kept; k++) out[row * width + first + k] = sums[row * BLOCK + k]!;
    }
  }
  return out;
}

/**
 * Adds to the sums [rows, BLOCK] of each row of A its entries from `next` [rows] up to the first whose column is not below
 * `end`, times their columns' rows of `block` [columns, BLOCK], and moves `next` there. The entries of a row are added in their
 * order, because other orders round differently.
 */
function addColumns(
  { rows, rowStarts, columns, values }: SparseMatrix,
  block: Float64Array,
  end: number,
  next: Uint32Array,
  sums: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    const last = rowStarts[row + 1]!;
    let i = next[row]!;
    if (i === last || columns[i]! >= end) continue;
    const at = row * BLOCK;
    let s0 = sums[at]!;
    let s1 = sums[at + 1]!;
    let s2 = sums[at + 2]!;
    let s3 = sums[at + 3]!;
    let s4 = sums[at + 4]!;
    let s5 = sums[at + 5]!;
    let s6 = sums[at + 6]!;
    let s7 = sums[at + 7]!;
    for (; i < last && columns[i]! < end; i++) {
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
    next[row] = i;
    sums[at] = s0;
    sums[at + 1] = s1;
    sums[at + 2] = s2;
    sums[at + 3] = s3;
    sums[at + 4] = s4;
    sums[at + 5] = s5;
    sums[at + 6] = s6;
    sums[at + 7] = s7;
  }
}

/** A^T; the entries of each of its rows are in the order of A's rows. */
function transpose({ rows, columnCount, rowStarts, columns, values }: SparseMatrix): SparseMatrix {
  const starts = new Uint32Array(columnCount + 1);
  for (const column of columns) starts[column + 1]!++;
  for (let column = 0; column < columnCount; column++) starts[column + 1]! += starts[column]!;
  const next = starts.slice();
  const transposed = {
    rows: columnCount,
    columnCount: rows,
    rowStarts: starts,
    columns: new Uint32Array(columns.length),
    values: new Float32Array(columns.length),
  };
  for (let row = 0; row < rows; row++) {
    for (let i = rowStarts[row]!; i < rowStarts[row + 1]!; i++) {
      const to = next[columns[i]!]!++;
      transposed.columns[to] = row;
      transposed.values[to] = values[i]!;
    }
  }
  return transposed;
}
