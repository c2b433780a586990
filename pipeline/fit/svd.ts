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
  let range = orthonormalise(multiply(matrix, test, width), width);
  for (let i = 0; i < POWER_ITERATIONS; i++) {
    const back = multiplyTransposed(matrix, range.vectors, range.width);
    range = orthonormalise(multiply(matrix, back, range.width), range.width);
  }

  // A ~ Q B with B = Q^T A; the eigenvectors of B B^T turn Q into the left singular vectors.
  const projected = multiplyTransposed(matrix, range.vectors, range.width); // B^T [columns, width]
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
  const out = new Float64Array(a.rows * width);
  for (let row = 0; row < a.rows; row++) {
    const to = row * width;
    for (let i = a.rowStarts[row]!; i < a.rowStarts[row + 1]!; i++) {
      const value = a.values[i]!;
      const from = a.columns[i]! * width;
      for (let k = 0; k < width; k++) out[to + k]! += value * x[from + k]!;
    }
  }
  return out;
}

/** A^T X: [columns, width] from X [rows, width]. */
function multiplyTransposed(a: SparseMatrix, x: Float64Array, width: number): Float64Array {
  const out = new Float64Array(a.columnCount * width);
  for (let row = 0; row < a.rows; row++) {
    const from = row * width;
    for (let i = a.rowStarts[row]!; i < a.rowStarts[row + 1]!; i++) {
      const value = a.values[i]!;
      const to = a.columns[i]! * width;
      for (let k = 0; k < width; k++) out[to + k]! += value * x[from + k]!;
    }
  }
  return out;
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

/** X^T X [width, width]. */
function gram(x: Float64Array, width: number): Float64Array {
  const out = new Float64Array(width * width);
  for (let row = 0; row < x.length; row += width) {
    for (let i = 0; i < width; i++) {
      const value = x[row + i]!;
      const to = i * width;
      for (let j = i; j < width; j++) out[to + j] = out[to + j]! + value * x[row + j]!;
    }
  }
  for (let i = 0; i < width; i++) {
    for (let j = 0; j < i; j++) out[i * width + j] = out[j * width + i]!;
  }
  return out;
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
  for (let row = 0; row < n; row++) {
    const to = row * kept;
    for (let i = 0; i < width; i++) {
      const value = x[row * width + i]!;
      const from = i * width;
      for (let j = 0; j < kept; j++) out[to + j] = out[to + j]! + value * v[from + j]!;
    }
  }
  return out;
}

function scaleColumns(x: Float64Array, factors: readonly number[]): void {
  const width = factors.length;
  for (let at = 0; at < x.length; at++) x[at]! *= factors[at % width]!;
}
