/** How binary BYTES begin: each element has its length before it, little-endian. */

export const LENGTH_BYTES = 4;

/** @param length Of the element, in bytes. */
export function lengthPrefix(length: number): Buffer {
  const prefix = Buffer.alloc(LENGTH_BYTES);
  prefix.writeUInt32LE(length);
  return prefix;
}
