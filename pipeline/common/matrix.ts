/** Row-major matrices as typed arrays: plain arrays of their numbers would take eight times the memory. */

type Numbers = Float32Array | Uint8Array;

/** All values of the parts, in order; an empty list gives `empty`. */
export function concatenate<T extends Numbers>(parts: readonly T[], empty: T): T {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new (empty.constructor as new (length: number) => T)(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Rows of a matrix [n, columns], in the order given, each any number of times: [rows, columns]. */
export function selectRows<T extends Numbers>(
  matrix: T,
  rows: readonly number[],
  columns: number,
): T {
  const selected = new (matrix.constructor as new (length: number) => T)(rows.length * columns);
  for (const [to, from] of rows.entries()) {
    selected.set(matrix.subarray(from * columns, (from + 1) * columns), to * columns);
  }
  return selected;
}
