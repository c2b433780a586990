import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeSafetensors, encodeSafetensors } from "../../../pipeline/checkpoint/safetensors.ts";

const CONTENT = {
  metadata: { run: "a", state: '{"é":1}' },
  tensors: new Map<string, Float64Array | Float32Array | Int32Array | Uint32Array>([
    ["weights/kernel", Float32Array.of(1.5, -0, Number.NaN, Number.MIN_VALUE, 3e38)],
    ["empty", new Float32Array(0)],
    ["order", Uint32Array.of(4294967295, 0, 7)],
    ["signed", Int32Array.of(-2147483648, 5)],
    ["exact", Float64Array.of(0.1, -0, 1764374401)],
  ]),
};

test("arrays are decoded bit for bit, with types and order, from any offset in a buffer", () => {
  const bytes = encodeSafetensors(CONTENT);
  const shifted = new Uint8Array(bytes.length + 3).subarray(3);
  shifted.set(bytes);
  for (const source of [bytes, shifted]) {
    const decoded = decodeSafetensors(source);
    assert.deepEqual(decoded.metadata, CONTENT.metadata);
    assert.deepEqual([...decoded.tensors], [...CONTENT.tensors]);
    assert.ok(Object.is(decoded.tensors.get("weights/kernel")![1], -0));
  }
});

test("the layout matches the safetensors format", () => {
  const bytes = Buffer.from(encodeSafetensors(CONTENT));
  const length = Number(bytes.readBigUInt64LE(0));
  assert.equal((8 + length) % 8, 0);
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  assert.deepEqual(header.order, { dtype: "U32", shape: [3], data_offsets: [20, 32] });
  assert.equal(bytes.readUInt32LE(8 + length + 20), 4294967295);
  assert.equal(bytes.length, 8 + length + 64);
});

test("truncated bytes are rejected, wherever they are cut", () => {
  const bytes = encodeSafetensors(CONTENT);
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeSafetensors(bytes.subarray(0, length)), Error, `${length} bytes`);
  }
});

test("a header that does not match the data is rejected", () => {
  const encode = (header: object, data = 8) => {
    const json = Buffer.from(JSON.stringify(header));
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(json.length));
    return Buffer.concat([size, json, Buffer.alloc(data)]);
  };
  const entry = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  assert.equal(decodeSafetensors(encode({ x: entry })).tensors.get("x")!.length, 2);
  assert.throws(
    () => decodeSafetensors(encode({ x: { ...entry, shape: [3] } })),
    /"x" has 8 bytes/,
  );
  assert.throws(() => decodeSafetensors(encode({ x: { ...entry, dtype: "F16" } })), /dtype/);
  assert.throws(
    () => decodeSafetensors(encode({ x: { ...entry, data_offsets: [8, 0] } })),
    /bytes/,
  );
  assert.throws(() => decodeSafetensors(encode({ x: entry }, 7)), /ends within "x"/);
});
