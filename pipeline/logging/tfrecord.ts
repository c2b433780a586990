/**
 * TFRecord framing of event files
 * (https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details): length (8 bytes), its checksum
 * (4 bytes), data, its checksum (4 bytes), all little-endian.
 */

import crc32c from "crc-32/crc32c.js";

const LENGTH_BYTES = 8;
const CHECKSUM_BYTES = 4;
const HEAD_BYTES = LENGTH_BYTES + CHECKSUM_BYTES;

/** Stored checksums are rotated by 15 bits and offset, because a CRC over data with embedded CRCs is weak. */
const MASK = 0xa282ead8;

/** A record with its length and checksums. */
export function frameRecord(data: Uint8Array): Uint8Array {
  const record = Buffer.alloc(HEAD_BYTES + data.length + CHECKSUM_BYTES);
  record.writeBigUInt64LE(BigInt(data.length));
  record.writeUInt32LE(maskedChecksum(record.subarray(0, LENGTH_BYTES)), LENGTH_BYTES);
  record.set(data, HEAD_BYTES);
  record.writeUInt32LE(maskedChecksum(data), HEAD_BYTES + data.length);
  return record;
}

/** The data of all records before the first incomplete or damaged one; `whole` if there is none. */
export function readRecords(bytes: Uint8Array): { records: Uint8Array[]; whole: boolean } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: Uint8Array[] = [];
  let at = 0;
  while (at + HEAD_BYTES <= buffer.length) {
    const length = Number(buffer.readBigUInt64LE(at));
    const end = at + HEAD_BYTES + length;
    if (!(end + CHECKSUM_BYTES <= buffer.length)) break;
    const data = buffer.subarray(at + HEAD_BYTES, end);
    if (buffer.readUInt32LE(end) !== maskedChecksum(data)) break;
    records.push(data);
    at = end + CHECKSUM_BYTES;
  }
  return { records, whole: at === buffer.length };
}

function maskedChecksum(data: Uint8Array): number {
  const crc = crc32c.buf(data) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + MASK) >>> 0;
}
