/** Truncated singular value decomposition of a large sparse matrix, by random projection. */

import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Random } from "../random.ts";

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
/** Directions whose share of the largest eigenvalue is below this are rounding noise. */
const RANK_TOLERANCE = 1e-12;

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

/** Columns of a dense factor that are multiplied at a time: their sums stay in registers, their rows in the cache. */
const BLOCK = 8;

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

/** Columns first..first + BLOCK of X [n, width] as [n, BLOCK], zeros where there are fewer. */
function packBlock(x: Float64Array, width: number, first: number, out: Float64Array): void {
  const kept = Math.min(BLOCK, width - first);
  if (kept < BLOCK) out.fill(0);
  for (let from = first, to = 0; to < out.length; from += width, to += BLOCK) {
    for (let k = 0; k < kept; k++) out[to + k] = x[from + k]!;
  }
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

/**
 * An orthonormal basis of the columns of X [n, width]: X V S^-1/2 from the eigenvalues of X^T X, twice, since
 * one pass loses half the digits (Stathopoulos and Wu 2002, algorithm SVQB). Drops dependent directions.
 */
function orthonormalise(x: Float64Array, width: number): { vectors: Float64Array; width: number } {
  let basis = { vectors: x, width };
  for (let pass = 0; pass < 2; pass++) {
    const { vectors, values } = symmetricEigen(gram(basis.vectors, basis.width), basis.width);
    const largest = values[0] ?? 0;
    const kept = values.findIndex((value) => !(value > largest * RANK_TOLERANCE));
    const rank = kept < 0 ? basis.width : kept;
    const rotated = rotate(basis.vectors, basis.width, vectors, rank);
    scaleColumns(
      rotated,
      Array.from(values.subarray(0, rank), (value) => 1 / Math.sqrt(value)),
    );
    basis = { vectors: rotated, width: rank };
  }
  return basis;
}

/** Rows of a dense factor that the cache holds while its columns are multiplied with each other. */
const ROWS = 64;

/** X^T X [width, width]; every sum goes over the rows in their order. */
function gram(x: Float64Array, width: number): Float64Array {
  const stride = Math.ceil(width / 4) * 4;
  const sums = new Float64Array(stride * stride);
  const part = new Float64Array(ROWS * stride);
  const rows = width === 0 ? 0 : x.length / width;
  for (let first = 0; first < rows; first += ROWS) {
    const count = Math.min(ROWS, rows - first);
    for (let row = 0; row < count; row++) {
      const from = (first + row) * width;
      for (let k = 0; k < width; k++) part[row * stride + k] = x[from + k]!;
    }
    for (let i = 0; i < stride; i += 2) {
      for (let j = i & ~3; j < stride; j += 4) addTile(part, count, stride, i, j, sums);
    }
  }
  const out = new Float64Array(width * width);
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < width; j++) {
      out[i * width + j] = sums[Math.min(i, j) * stride + Math.max(i, j)]!;
    }
  }
  return out;
}

/** Adds to columns i, i + 1 times j..j + 3, in registers. */
function addTile(
  part: Float64Array,
  rows: number,
  stride: number,
  i: number,
  j: number,
  sums: Float64Array,
): void {
  const a = i * stride + j;
  const b = a + stride;
  let a0 = sums[a]!;
  let a1 = sums[a + 1]!;
  let a2 = sums[a + 2]!;
  let a3 = sums[a + 3]!;
  let b0 = sums[b]!;
  let b1 = sums[b + 1]!;
  let b2 = sums[b + 2]!;
  let b3 = sums[b + 3]!;
  for (let row = 0; row < rows * stride; row += stride) {
    const left = part[row + i]!;
    const right = part[row + i + 1]!;
    const x0 = part[row + j]!;
    const x1 = part[row + j + 1]!;
    const x2 = part[row + j + 2]!;
    const x3 = part[row + j + 3]!;
    a0 += left * x0;
    a1 += left * x1;
    a2 += left * x2;
    a3 += left * x3;
    b0 += right * x0;
    b1 += right * x1;
    b2 += right * x2;
    b3 += right * x3;
  }
  sums[a] = a0;
  sums[a + 1] = a1;
  sums[a + 2] = a2;
  sums[a + 3] = a3;
  sums[b] = b0;
  sums[b + 1] = b1;
  sums[b + 2] = b2;
  sums[b + 3] = b3;
}

/** Eigenvectors [width, width] in columns, by descending eigenvalue. */
function symmetricEigen(
  matrix: Float64Array,
  width: number,
): { vectors: Float64Array; values: Float64Array } {
  // ml-matrix refuses empty matrices; a matrix of zeros leads here.
  if (width === 0) return { vectors: new Float64Array(0), values: new Float64Array(0) };
  const decomposition = new EigenvalueDecomposition(Matrix.from1DArray(width, width, matrix), {
    assumeSymmetric: true,
  });
  const order = decomposition.realEigenvalues
    .map((value, i) => ({ value, i }))
    .sort((a, b) => b.value - a.value);
  const found = decomposition.eigenvectorMatrix;
  const vectors = new Float64Array(width * width);
  for (const [column, { i }] of order.entries()) {
    for (let row = 0; row < width; row++) vectors[row * width + column] = found.get(row, i);
  }
  return { vectors, values: Float64Array.from(order, ({ value }) => value) };
}

/** X V[:, :kept]: [n, kept] from X [n, width] and V [width, width]. */
function rotate(x: Float64Array, width: number, v: Float64Array, kept: number): Float64Array {
  const n = x.length / width;
  const out = new Float64Array(n * kept);
  const block = new Float64Array(width * BLOCK);
  const sums = new Float64Array(BLOCK);
  for (let first = 0; first < kept; first += BLOCK) {
    packBlock(v, width, first, block);
    const columns = Math.min(BLOCK, kept - first);
    for (let row = 0; row < n; row++) {
      sumDense(block, x, row * width, sums);
      for (let k = 0; k < columns; k++) out[row * kept + first + k] = sums[k]!;
    }
  }
  return out;
}

/** Sum of x[offset + i] times row i of a block, over all of its rows in order. */
function sumDense(block: Float64Array, x: Float64Array, offset: number, out: Float64Array): void {
  let [s0, s1, s2, s3, s4, s5, s6, s7] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let from = 0, at = offset; from < block.length; from += BLOCK, at++) {
    const value = x[at]!;
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

function scaleColumns(x: Float64Array, factors: readonly number[]): void {
  const width = factors.length;
  for (let at = 0; at < x.length; at++) x[at]! *= factors[at % width]!;
}
