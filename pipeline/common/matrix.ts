/** Row-major matrices in typed arrays; arrays of numbers take two (float32) to eight (uint8) times the memory. */

type Numbers = Float64Array | Float32Array | Int32Array | Uint8Array;

/**
 * The values of all parts, in order.
 *
 * @param empty An empty array of the same type, from which the result is made.
 */
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

/**
 * @param matrix [n, columns]
 * @param rows Indices of rows, which may repeat.
 * @returns These rows in this order [rows, columns].
 */
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
