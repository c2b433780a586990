/** Dense factors of a decomposition, row-major. Every sum runs in a fixed order, because other orders round differently. */

import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/** Directions whose eigenvalue is a smaller share of the largest one are rounding noise. */
const RANK_TOLERANCE = 1e-12;
/** Columns multiplied at a time: their sums stay in registers and their rows in the cache. */
export const BLOCK = 8;

/** Copies columns first..first + BLOCK of X [n, width] into `out` [n, BLOCK], padded with zeros. */
export function packBlock(x: Float64Array, width: number, first: number, out: Float64Array): void {
  const kept = Math.min(BLOCK, width - first);
  if (kept < BLOCK) out.fill(0);
  for (let from = first, to = 0; to < out.length; from += width, to += BLOCK) {
    for (let k = 0; k < kept; k++) out[to + k] = x[from + k]!;
  }
}

/**
 * An orthonormal basis of the columns of X [n, width]: X V S^-1/2 from the eigenvalues of X^T X, applied twice, because one
 * pass loses half the digits (Stathopoulos and Wu 2002, algorithm SVQB). Drops dependent directions.
 */
export function orthonormalise(
  x: Float64Array,
  width: number,
): { vectors: Float64Array; width: number } {
  let basis = { vectors: x, width };
  for (let pass = 0; pass < 2; pass++) {
    const { vectors, values } = symmetricEigen(gram(basis.vectors, basis.width), basis.width);
    const largest = values[0] ?? 0;
    const firstNoise = values.findIndex((value) => !(value > largest * RANK_TOLERANCE));
    const rank = firstNoise < 0 ? basis.width : firstNoise;
    const rotated = rotate(basis.vectors, basis.width, vectors, rank);
    scaleColumns(
      rotated,
      Array.from(values.subarray(0, rank), (value) => 1 / Math.sqrt(value)),
    );
    basis = { vectors: rotated, width: rank };
  }
  return basis;
}

/** Rows processed at a time, few enough to stay in the cache while their columns are multiplied with each other. */
const ROWS = 64;

/** X^T X [width, width] for X [n, width]; every sum runs over the rows in order. */
export function gram(x: Float64Array, width: number): Float64Array {
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

/**
 * Adds the products of columns i, i + 1 with columns j..j + 3 to `sums`, accumulating in registers. Positional parameters:
 * this is the innermost call of `gram`, and an object per call would cost more than the tile.
 */
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

/** Eigenvectors [width, width] in columns, and eigenvalues [width], both by descending eigenvalue. */
export function symmetricEigen(
  matrix: Float64Array,
  width: number,
): { vectors: Float64Array; values: Float64Array } {
  // ml-matrix rejects empty matrices, which come from a matrix of zeros.
  if (width === 0) return { vectors: new Float64Array(0), values: new Float64Array(0) };
  const decomposition = new EigenvalueDecomposition(Matrix.from1DArray(width, width, matrix), {
    assumeSymmetric: true,
  });
  const order = decomposition.realEigenvalues
    .map((value, i) => ({ value, i }))
    .sort((a, b) => b.value - a.value);
  const { eigenvectorMatrix } = decomposition;
  const vectors = new Float64Array(width * width);
  for (const [column, { i }] of order.entries()) {
    for (let row = 0; row < width; row++) {
      vectors[row * width + column] = eigenvectorMatrix.get(row, i);
    }
  }
  return { vectors, values: Float64Array.from(order, ({ value }) => value) };
}

/** X V[:, :kept]: [n, kept] from X [n, width] and V [width, width]. */
export function rotate(
  x: Float64Array,
  width: number,
  v: Float64Array,
  kept: number,
): Float64Array {
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

/**
 * Sum of x[offset + i] times row i of a block, over all rows in order: [BLOCK]. This inner loop repeats that of `addColumns`
 * in svd.ts: a shared function would have to look up columns here too, or take a call per entry, and both are slower.
 */
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

/** Multiplies each column of X [n, width] by its factor, in place. */
export function scaleColumns(x: Float64Array, factors: readonly number[]): void {
  const width = factors.length;
  for (let at = 0; at < x.length; at++) x[at]! *= factors[at % width]!;
}
