/** Tables rounded to an 8-bit grid per row: every file takes a quarter of the size without any further loss. */

/** Largest integer code of a row. */
const LARGEST = 127;
/** Significant bits of a scale: code x scale is then exact in float32, and the scale is exact in float16. */
const SCALE_BITS = 11;

/**
 * Rounds every row in place to integer multiples, -127 to 127, of the row's scale. The exporter detects such tables and
 * stores the integers; the model, training and every exported precision see the same values.
 *
 * @param table [rows, columns], row-major
 */
export function snapRows(table: Float32Array, columns: number): void {
  for (let start = 0; start < table.length; start += columns) {
    const row = table.subarray(start, start + columns);
    const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest === 0) continue;
    const scale = roundUp(largest / LARGEST);
    for (let i = 0; i < columns; i++) row[i] = Math.round(row[i]! / scale) * scale;
  }
}

/** The smallest number of at least `value` with `SCALE_BITS` significant bits. */
function roundUp(value: number): number {
  const unit = 2 ** (Math.floor(Math.log2(value)) - SCALE_BITS + 1);
  return Math.ceil(value / unit) * unit;
}
