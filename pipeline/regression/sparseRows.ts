/** Sparse rows of features, and linear models on them. */

import { addDense, isDense, multiplyDense } from "./denseRows.ts";

/** Compressed sparse rows: the columns and values of row r stand at offsets[r]..offsets[r + 1]. */
export interface SparseRows {
  /** Number of columns. */
  readonly columns: number;
  /** [rows + 1] */
  readonly offsets: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float64Array;
}

export interface LinearModel {
  /** [columns] */
  readonly weights: Float64Array;
  readonly intercept: number;
}

/** Values w.x + b of every row [rows]. */
export function predictLinear(rows: SparseRows, model: LinearModel): Float64Array {
  const parameters = new Float64Array(rows.columns + 1);
  parameters.set(model.weights);
  parameters[rows.columns] = model.intercept;
  return multiply(rows, parameters);
}

/** The same of several models [rows, models]. */
export function predictAll(rows: SparseRows, models: readonly LinearModel[]): Float32Array {
  const values = new Float32Array((rows.offsets.length - 1) * models.length);
  for (const [column, model] of models.entries()) {
    for (const [row, value] of predictLinear(rows, model).entries()) {
      values[row * models.length + column] = value;
    }
  }
  return values;
}

/**
 * The same rows with some of their columns, and without those that no row has: their weights are 0 in every fit, and all
 * others keep their bits, since what is left out are sums of zeros. For many regressions on rows that share few of many
 * columns.
 *
 * @param has Whether to keep a column.
 * @returns `columns`: the index in `rows` of every column that is left, ascending.
 */
export function someColumns(
  rows: SparseRows,
  has: (column: number) => boolean = () => true,
): { rows: SparseRows; columns: Uint32Array } {
  const isUsed = new Uint8Array(rows.columns);
  for (const column of rows.indices) isUsed[column] = 1;
  const columns = Uint32Array.from(isUsed.keys()).filter(
    (column) => isUsed[column] === 1 && has(column),
  );
  const placeOf = new Int32Array(rows.columns).fill(-1);
  for (const [place, column] of columns.entries()) placeOf[column] = place;
  const offsets = new Uint32Array(rows.offsets.length);
  const indices: number[] = [];
  const values: number[] = [];
  for (let row = 0; row < offsets.length - 1; row++) {
    for (let i = rows.offsets[row]!; i < rows.offsets[row + 1]!; i++) {
      const place = placeOf[rows.indices[i]!]!;
      if (place < 0) continue;
      indices.push(place);
      values.push(rows.values[i]!);
    }
    offsets[row + 1] = indices.length;
  }
  return {
    rows: {
      columns: columns.length,
      offsets,
      indices: Uint32Array.from(indices),
      values: Float64Array.from(values),
    },
    columns,
  };
}

/** Rows by their cells; the values of a column that a row has several times add up. */
export function sparseRows(
  columns: number,
  rows: Iterable<Iterable<readonly [column: number, value: number]>>,
): SparseRows {
  const offsets = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (const cells of rows) {
    for (const [column, value] of cells) {
      indices.push(column);
      values.push(value);
    }
    offsets.push(indices.length);
  }
  return {
    columns,
    offsets: Uint32Array.from(offsets),
    indices: Uint32Array.from(indices),
    values: Float64Array.from(values),
  };
}

/** Rows that have every column, zeros too. @param values [rows, columns] */
export function denseRows(values: ArrayLike<number>, columns: number): SparseRows {
  return {
    columns,
    offsets: Uint32Array.from({ length: values.length / columns + 1 }, (_, row) => row * columns),
    indices: Uint32Array.from({ length: values.length }, (_, at) => at % columns),
    values: Float64Array.from(values),
  };
}

/** Some of the rows, by their indices, in this order. */
export function someRows(rows: SparseRows, some: Uint32Array): SparseRows {
  const { columns, offsets, indices, values } = rows;
  const kept = new Uint32Array(some.length + 1);
  for (const [i, row] of some.entries()) {
    kept[i + 1] = kept[i]! + offsets[row + 1]! - offsets[row]!;
  }
  const size = kept[some.length]!;
  const part = {
    columns,
    offsets: kept,
    indices: new Uint32Array(size),
    values: new Float64Array(size),
  };
  for (const [i, row] of some.entries()) {
    part.indices.set(indices.subarray(offsets[row], offsets[row + 1]), kept[i]);
    part.values.set(values.subarray(offsets[row], offsets[row + 1]), kept[i]);
  }
  return part;
}

/** x.p + b of one row; b is the last parameter. */
export function multiplyRow(
  { columns, offsets, indices, values }: SparseRows,
  row: number,
  parameters: Float64Array,
): number {
  let sum = parameters[columns]!;
  for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
    sum += values[i]! * parameters[indices[i]!]!;
  }
  return sum;
}

/** X p, with a column of ones in X for the intercept, which is the last parameter: [rows]. */
export function multiply(rows: SparseRows, parameters: Float64Array): Float64Array {
  const products = new Float64Array(rows.offsets.length - 1);
  if (isDense(rows)) {
    multiplyDense(rows, parameters, products.fill(parameters[rows.columns]!));
    return products;
  }
  for (let row = 0; row < products.length; row++) {
    products[row] = multiplyRow(rows, row, parameters);
  }
  return products;
}

/** Adds factor x to the sums, with 1 in x for the intercept [columns + 1]. */
export function addRow(
  sums: Float64Array,
  { columns, offsets, indices, values }: SparseRows,
  row: number,
  factor: number,
): void {
  sums[columns]! += factor;
  for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
    sums[indices[i]!]! += factor * values[i]!;
  }
}

/** c X^T r plus `regularised`, except for the intercept: [columns + 1]. */
export function multiplyTransposed(
  rows: SparseRows,
  residuals: Float64Array,
  c: number,
  regularised: Float64Array,
): Float64Array {
  const sums = regularised.slice();
  sums[rows.columns] = 0;
  const factors = residuals.map((residual) => c * residual);
  if (isDense(rows)) {
    for (const factor of factors) sums[rows.columns]! += factor;
    addDense(sums, rows, factors);
    return sums;
  }
  for (const [row, factor] of factors.entries()) addRow(sums, rows, row, factor);
  return sums;
}

/** |w|^2 / 2, without the intercept, which is the last parameter. */
export function penalty(parameters: Float64Array): number {
  const intercept = parameters.at(-1)!;
  return (dot(parameters, parameters) - intercept * intercept) / 2;
}

/** Gradients below this share of the largest possible one are rounding errors, as of features without information. */
export const ROUNDING = 1e-12;

/** Norm of a gradient of log losses that is nothing but rounding. @param c Inverse strength of the regularisation. */
export function roundingOf({ offsets, values }: SparseRows, c: number): number {
  const rows = offsets.length - 1;
  return ROUNDING * c * Math.sqrt(rows * (rows + dot(values, values)));
}

/** @throws Error if there is not one target per row, or `c` is not positive. */
export function checkRegression(rows: SparseRows, targets: number, c: number): void {
  if (rows.offsets.length !== targets + 1) {
    throw new Error(
      `regression: expected one target per row, got ${rows.offsets.length - 1} rows and ` +
        `${targets} targets`,
    );
  }
  if (!(c > 0)) throw new Error(`regression: C must be positive, got ${c}`);
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The columns of all, in order. @param parts At least one, of as many rows each. */
export function joinColumns(parts: readonly SparseRows[]): SparseRows {
  const rows = parts[0]!.offsets.length - 1;
  const size = parts.reduce((sum, { indices }) => sum + indices.length, 0);
  const offsets = new Uint32Array(rows + 1);
  const indices = new Uint32Array(size);
  const values = new Float64Array(size);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let shift = 0;
    for (const part of parts) {
      for (let i = part.offsets[row]!; i < part.offsets[row + 1]!; i++) {
        indices[at] = shift + part.indices[i]!;
        values[at++] = part.values[i]!;
      }
      shift += part.columns;
    }
    offsets[row + 1] = at;
  }
  return {
    columns: parts.reduce((sum, { columns }) => sum + columns, 0),
    offsets,
    indices,
    values,
  };
}
