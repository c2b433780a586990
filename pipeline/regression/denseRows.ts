/**
 * Products with rows that have every column, such as a backbone's features. Four rows at a time: additions of one row wait for
 * each other, those of four do not. Every sum is added up in the order of the rows and columns, so that it has the same bits
 * as without.
 */

/** As of rows that have every column. */
interface Dense {
  readonly columns: number;
  /** [rows, columns] */
  readonly values: Float64Array;
}

/** As of sparse rows. */
interface Places {
  readonly columns: number;
  readonly offsets: Uint32Array;
  readonly indices: Uint32Array;
}

const known = new WeakMap<Places, boolean>();

/** Whether every row has all columns, in order. */
export function isDense(rows: Places): boolean {
  let dense = known.get(rows);
  if (dense === undefined) {
    const { columns, indices, offsets } = rows;
    dense =
      columns > 0 &&
      offsets.every((offset, row) => offset === row * columns) &&
      indices.every((column, i) => column === i % columns);
    known.set(rows, dense);
  }
  return dense;
}

/** Adds x.p of each row to the products [rows], which are the intercepts. */
export function multiplyDense(
  { columns, values }: Dense,
  parameters: Float64Array,
  products: Float64Array,
): void {
  let row = 0;
  for (; row + 4 <= products.length; row += 4) {
    const a = row * columns;
    const b = a + columns;
    const c = b + columns;
    const d = c + columns;
    let s0 = products[row]!;
    let s1 = products[row + 1]!;
    let s2 = products[row + 2]!;
    let s3 = products[row + 3]!;
    for (let k = 0; k < columns; k++) {
      const p = parameters[k]!;
      s0 += values[a + k]! * p;
      s1 += values[b + k]! * p;
      s2 += values[c + k]! * p;
      s3 += values[d + k]! * p;
    }
    products[row] = s0;
    products[row + 1] = s1;
    products[row + 2] = s2;
    products[row + 3] = s3;
  }
  for (; row < products.length; row++) {
    let sum = products[row]!;
    for (let k = 0; k < columns; k++) sum += values[row * columns + k]! * parameters[k]!;
    products[row] = sum;
  }
}

/** Adds factor x of each row to the sums [columns]. @param factors [rows] */
export function addDense(
  sums: Float64Array,
  { columns, values }: Dense,
  factors: Float64Array,
): void {
  let row = 0;
  for (; row + 4 <= factors.length; row += 4) {
    const a = row * columns;
    const b = a + columns;
    const c = b + columns;
    const d = c + columns;
    const f0 = factors[row]!;
    const f1 = factors[row + 1]!;
    const f2 = factors[row + 2]!;
    const f3 = factors[row + 3]!;
    for (let k = 0; k < columns; k++) {
      sums[k] =
        sums[k]! +
        f0 * values[a + k]! +
        f1 * values[b + k]! +
        f2 * values[c + k]! +
        f3 * values[d + k]!;
    }
  }
  for (; row < factors.length; row++) {
    const factor = factors[row]!;
    for (let k = 0; k < columns; k++) sums[k]! += factor * values[row * columns + k]!;
  }
}
