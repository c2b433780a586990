/** NumPy's files: every type of number, both shapes, and what is wrong with others. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseNpy } from "../../../../pipeline/inputs/sequence/npy.ts";
import { npyFile } from "./npyFile.ts";

const STEPS = [
  [1, 2, 3],
  [4, 5, 6],
];
const NUMBERS = STEPS.flat();

const TYPES: [descr: string, values: ArrayBufferView][] = [
  ["<f4", Float32Array.from(NUMBERS)],
  ["<f8", Float64Array.from(NUMBERS)],
  ["|i1", Int8Array.from(NUMBERS)],
  ["|u1", Uint8Array.from(NUMBERS)],
  ["<i2", Int16Array.from(NUMBERS)],
  ["<u2", Uint16Array.from(NUMBERS)],
  ["<i4", Int32Array.from(NUMBERS)],
  ["<u4", Uint32Array.from(NUMBERS)],
  ["<i8", BigInt64Array.from(NUMBERS, BigInt)],
  ["<u8", BigUint64Array.from(NUMBERS, BigInt)],
];
for (const [descr, values] of TYPES) {
  test(`${descr}: steps of features, and a single step`, () => {
    assert.deepEqual(parseNpy(npyFile(descr, "2, 3", values)), STEPS);
    assert.deepEqual(parseNpy(npyFile(descr, "6,", values)), [NUMBERS]);
    assert.deepEqual(parseNpy(npyFile(descr, "3, 2", values, { version: 2 })), [
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  });
}

test("negative and fractional numbers are read as they are", () => {
  const values = Float32Array.of(-1.5, 0.25);
  assert.deepEqual(parseNpy(npyFile("<f4", "2, 1", values)), [[-1.5], [0.25]]);
});

const f4 = Float32Array.from(NUMBERS);
const BAD: [what: string, file: Uint8Array, message: RegExp][] = [
  ["text", Buffer.from("1,2,3\n4,5,6\n"), /it is not in NumPy's format/],
  ["an empty file", new Uint8Array(0), /it is not in NumPy's format/],
  ["big-endian numbers", npyFile(">f4", "2, 3", f4), /its numbers are >f4, expected one of <f4, /],
  ["Fortran order", npyFile("<f4", "2, 3", f4, { order: "True" }), /Fortran order; .*ascontig/],
  ["three dimensions", npyFile("<f4", "1, 2, 3", f4), /its shape is \(1, 2, 3\), expected \(steps/],
  ["no step", npyFile("<f4", "0, 3", new Float32Array(0)), /its shape is \(0, 3\)/],
  ["a file cut short", npyFile("<f4", "2, 3", f4).subarray(0, -1), /has \d+ bytes, expected \d+/],
  ["more than its shape", npyFile("<f4", "1, 3", f4), /bytes, expected/],
  ["NaN", npyFile("<f4", "2, 1", Float32Array.of(1, Number.NaN)), /it has NaN at step 2/],
  ["a header that is none", npyFile("", "2, 3", f4), /its header cannot be read/],
];
for (const [what, file, message] of BAD) {
  test(`${what} is refused`, () => {
    assert.throws(() => parseNpy(file), message);
  });
}
