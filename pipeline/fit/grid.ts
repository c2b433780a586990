/**
 * Tables rounded to a grid per row of at most 8 bits: every file takes a quarter of the size without any further loss, and
 * with fewer bits less than that on its way, where it is compressed.
 */

/** Significant bits of a scale: code x scale is then exact in float32, and the scale is exact in float16. */
const SCALE_BITS = 11;

/**
 * Rounds every row in place to integer multiples of the row's scale, -127 to 127 with 8 bits. The exporter detects such
 * tables and stores the integers; the model, training and every exported precision see the same values.
 *
 * @param table [rows, columns], row-major
 * @param bits 4 to 8
 */
export function snapRows(table: Float32Array, columns: number, bits = 8): void {
  for (let start = 0; start < table.length; start += columns) {
    const row = table.subarray(start, start + columns);
    const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest === 0) continue;
    const scale = roundUp(largest / (2 ** (bits - 1) - 1));
    for (let i = 0; i < columns; i++) row[i] = Math.round(row[i]! / scale) * scale;
  }
}

/** The same for every column. */
export function snapColumns(table: Float32Array, columns: number, bits = 8): void {
  const rows = table.length / columns;
  const column = new Float32Array(rows);
  for (let c = 0; c < columns; c++) {
    for (let row = 0; row < rows; row++) column[row] = table[row * columns + c]!;
    snapRows(column, rows, bits);
    for (let row = 0; row < rows; row++) table[row * columns + c] = column[row]!;
  }
}

/** The smallest number of at least `value` with `SCALE_BITS` significant bits. */
function roundUp(value: number): number {
  const unit = 2 ** (Math.floor(Math.log2(value)) - SCALE_BITS + 1);
  return Math.ceil(value / unit) * unit;
}
