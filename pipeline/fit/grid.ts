/** Tables on a grid of 8 bits per row: a quarter of the size in every file, without another digit lost on the way. */

/** Largest code of a row. */
const LARGEST = 127;
/** Bits of a scale: code x scale is then exact in float32, and the scale itself in float16. */
const SCALE_BITS = 11;

/**
 * Rounds every row to whole multiples of a scale of its own, -127 to 127 times, in place. The exporter finds such tables
 * and stores the multiples; model, training and every exported precision read the same values.
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

/** The next number with `SCALE_BITS` significant bits. */
function roundUp(value: number): number {
  const unit = 2 ** (Math.floor(Math.log2(value)) - SCALE_BITS + 1);
  return Math.ceil(value / unit) * unit;
}
