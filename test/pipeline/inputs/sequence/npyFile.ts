/** Files of arrays, for tests. */

/** A file as NumPy writes it. */
export function npyFile(
  descr: string,
  shape: string,
  values: ArrayBufferView,
  { order = "False", version = 1 } = {},
): Buffer {
  const start = version === 1 ? 10 : 12;
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }`;
  const header = `${text.padEnd(64 * Math.ceil((start + text.length + 1) / 64) - start - 1)}\n`;
  const length = Buffer.alloc(start - 8);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  const magic = Buffer.from(`\u0093NUMPY${String.fromCharCode(version)}\u0000`, "latin1");
  const data = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([magic, length, Buffer.from(header, "latin1"), data]);
}
