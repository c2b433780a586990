import assert from "node:assert/strict";
import { test } from "node:test";
import { frameRecord, readRecords } from "../../../pipeline/logging/tfrecord.ts";
import { maskedCrc32c } from "./crc32c.ts";

test("a record is framed by its length and two masked checksums", () => {
  const data = Buffer.from("123456789");
  const record = Buffer.from(frameRecord(data));
  assert.equal(record.length, 8 + 4 + 9 + 4);
  assert.equal(record.readBigUInt64LE(0), 9n);
  assert.equal(record.readUInt32LE(8), maskedCrc32c(record.subarray(0, 8)));
  assert.deepEqual(record.subarray(12, 21), data);
  // The check value of CRC-32C, masked.
  const crc = 0xe3069283;
  assert.equal(record.readUInt32LE(21), (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  assert.equal(record.readUInt32LE(21), maskedCrc32c(data));
});

test("a file that ends within a record gives the records before it", () => {
  const all = ["one", "", "three"].map((text) => Buffer.from(text));
  const bytes = Buffer.concat(all.map(frameRecord));
  assert.deepEqual(readRecords(bytes), { records: all, whole: true });
  const starts = [0, 19, 35, bytes.length];
  for (let length = 0; length < bytes.length; length++) {
    const { records, whole } = readRecords(bytes.subarray(0, length));
    const complete = starts.findLastIndex((start) => start <= length);
    assert.equal(records.length, complete, `${length} bytes`);
    assert.equal(whole, starts.includes(length));
  }
  bytes[13]! ^= 1;
  assert.deepEqual(readRecords(bytes), { records: [], whole: false });
});
