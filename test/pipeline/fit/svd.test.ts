/** The randomized SVD against ml-matrix's exact one. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { createRandom } from "../../../pipeline/common/random.ts";
import { type SparseMatrix, type TruncatedSvd, truncatedSvd } from "../../../pipeline/fit/svd.ts";

/** Compressed rows of a dense matrix; zeros are left out. */
function sparse(rows: readonly (readonly number[])[], columnCount = rows[0]?.length ?? 0) {
  const rowStarts = Uint32Array.of(0, ...rows.map(() => 0));
  const columns: number[] = [];
  const values: number[] = [];
  for (const [r, row] of rows.entries()) {
    for (const [c, value] of row.entries()) {
      if (value === 0) continue;
      columns.push(c);
      values.push(value);
    }
    rowStarts[r + 1] = columns.length;
  }
  return {
    rows: rows.length,
    columnCount,
    rowStarts,
    columns: Uint32Array.from(columns),
    values: Float32Array.from(values),
  } satisfies SparseMatrix;
}

/** float32 numbers, so that the sparse matrix has exactly the same values. */
function noise(rows: number, columns: number, density = 1, seed = 1): number[][] {
  const random = createRandom(seed);
  return Array.from({ length: rows }, () =>
    Array.from({ length: columns }, () =>
      random.next() < density ? Math.fround(random.normal()) : 0,
    ),
  );
}

/** A sum of `rank` outer products with falling weights, rounded to float32. */
function lowRank(rows: number, columns: number, rank: number): number[][] {
  const left = new Matrix(noise(rows, rank, 1, 2));
  const right = new Matrix(noise(rank, columns, 1, 3));
  const scale = Matrix.diag(Array.from({ length: rank }, (_, k) => 2 ** -k));
  return left
    .mmul(scale)
    .mmul(right)
    .to2DArray()
    .map((row) => row.map(Math.fround));
}

const matrixOf = (values: Float64Array, rank: number) =>
  Matrix.from1DArray(values.length / rank, rank, values);

/** Largest distance of the Gram matrix of the columns from the identity. */
function skewness(values: Float64Array, rank: number): number {
  const q = matrixOf(values, rank);
  return Matrix.sub(q.transpose().mmul(q), Matrix.eye(rank)).abs().max();
}

/** Asserts that the singular triplets are those of the matrix: A v = s u, A^T u = s v, orthonormal. */
function assertTriplets(dense: number[][], found: TruncatedSvd, tolerance: number): void {
  const a = new Matrix(dense);
  const u = matrixOf(found.left, found.rank);
  const v = matrixOf(found.right, found.rank);
  const s = Matrix.diag([...found.singularValues]);
  const scale = found.singularValues[0]!;
  assert.ok(skewness(found.left, found.rank) < 1e-10, "left vectors");
  assert.ok(skewness(found.right, found.rank) < 1e-8, "right vectors");
  assert.ok(Matrix.sub(a.mmul(v), u.clone().mmul(s)).abs().max() < tolerance * scale, "A v = s u");
  assert.ok(
    Matrix.sub(a.transpose().mmul(u), v.clone().mmul(s)).abs().max() < tolerance * scale,
    "A^T u = s v",
  );
}

function assertValues(dense: number[][], found: TruncatedSvd, tolerance: number): void {
  const exact = new SingularValueDecomposition(new Matrix(dense), { autoTranspose: true }).diagonal;
  for (const [k, value] of found.singularValues.entries()) {
    const difference = Math.abs(value - exact[k]!) / exact[0]!;
    assert.ok(difference < tolerance, `singular value ${k}: ${value}, exact ${exact[k]}`);
  }
}

for (const [rows, columns, density] of [
  [20, 15, 1],
  [15, 20, 1],
  [18, 18, 0.3],
  [1, 12, 1],
  [12, 1, 1],
] as const) {
  test(`${rows} x ${columns}, density ${density}: exact, because it is no wider than the projection`, () => {
    const dense = noise(rows, columns, density);
    const rank = Math.min(rows, columns, 6);
    const found = truncatedSvd(sparse(dense), rank, createRandom(5));
    assert.equal(found.rank, rank);
    assert.deepEqual([found.left.length, found.right.length], [rows * rank, columns * rank]);
    assertValues(dense, found, 1e-10);
    assertTriplets(dense, found, 1e-9);
  });
}

test("a larger matrix with decreasing singular values: the leading triplets", () => {
  // 120 x 90 of rank 40, wider than 8 + oversampling.
  const dense = lowRank(120, 90, 40);
  const found = truncatedSvd(sparse(dense), 8, createRandom(5));
  assert.equal(found.rank, 8);
  assertValues(dense, found, 1e-9);
  assertTriplets(dense, found, 1e-6);
});

test("pure noise, without leading directions: values within 10 % below the exact ones, never above", () => {
  const dense = noise(150, 120);
  const found = truncatedSvd(sparse(dense), 5, createRandom(5));
  const exact = new SingularValueDecomposition(new Matrix(dense)).diagonal;
  for (const [k, value] of found.singularValues.entries()) {
    assert.ok(value <= exact[k]! * (1 + 1e-9) && value > 0.9 * exact[k]!, `${value} ${exact[k]}`);
  }
  assert.ok(skewness(found.right, 5) < 1e-10);
});

test("singular values descend and are positive", () => {
  const { singularValues } = truncatedSvd(sparse(noise(60, 50, 0.2)), 20, createRandom(1));
  for (let k = 1; k < 20; k++) assert.ok(singularValues[k]! <= singularValues[k - 1]!);
  assert.ok(singularValues[19]! > 0);
});

test("a matrix of lower rank gives as many triplets as its rank, and no noise", () => {
  // Small whole numbers: products of them are exact, so the rank is exactly 3.
  const random = createRandom(4);
  const whole = (rows: number, columns: number) =>
    new Matrix(
      Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.int(7) - 3)),
    );
  const dense = whole(30, 3).mmul(whole(3, 25)).to2DArray();
  const found = truncatedSvd(sparse(dense), 10, createRandom(5));
  assert.equal(found.rank, 3);
  assertValues(dense, found, 1e-10);
  assertTriplets(dense, found, 1e-9);
});

test("more triplets requested than the matrix has rows or columns", () => {
  const dense = noise(4, 9);
  const found = truncatedSvd(sparse(dense), 50, createRandom(5));
  assert.equal(found.rank, 4);
  assert.deepEqual([found.left.length, found.right.length], [16, 36]);
  assertTriplets(dense, found, 1e-9);
});

test("matrices without content have rank 0", () => {
  const cases = [
    sparse([
      [0, 0, 0],
      [0, 0, 0],
    ]),
    sparse([], 3),
    sparse([[], []], 0),
  ];
  for (const matrix of cases) {
    const found = truncatedSvd(matrix, 5, createRandom(5));
    assert.equal(found.rank, 0);
    assert.deepEqual([found.left.length, found.right.length], [0, 0]);
    assert.equal(found.singularValues.length, 0);
  }
});

test("the same random stream gives the same bits; another one gives the same values", () => {
  const matrix = sparse(lowRank(60, 50, 30));
  const one = truncatedSvd(matrix, 4, createRandom(1));
  assert.deepEqual(truncatedSvd(matrix, 4, createRandom(1)), one);
  const other = truncatedSvd(matrix, 4, createRandom(2));
  for (const [k, value] of other.singularValues.entries()) {
    assert.ok(Math.abs(value / one.singularValues[k]! - 1) < 1e-8);
  }
});

test("columns beyond one tile of the cache count, in any order within a row", () => {
  const columnCount = 70_000;
  const columns = Uint32Array.of(69_999, 5, 40_000, 33_000, 7, 65_600, 12);
  const values = Float32Array.of(3, 1, 2, 4, 1, 5, 2);
  const matrix = { rows: 3, columnCount, rowStarts: Uint32Array.of(0, 3, 5, 7), columns, values };
  const { rank, left, singularValues, right } = truncatedSvd(matrix, 3, createRandom(1));
  for (const [row, start, end] of [
    [0, 0, 3],
    [1, 3, 5],
    [2, 5, 7],
  ] as const) {
    for (let i = start; i < end; i++) {
      let value = 0;
      for (let k = 0; k < rank; k++) {
        value += left[row * rank + k]! * singularValues[k]! * right[columns[i]! * rank + k]!;
      }
      assert.ok(Math.abs(value - values[i]!) < 1e-9, `row ${row}, column ${columns[i]}: ${value}`);
    }
  }
});
