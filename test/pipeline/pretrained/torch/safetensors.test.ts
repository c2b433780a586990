/** safetensors, made byte by byte: read, or refused with a reason. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readSafetensors } from "../../../../pipeline/pretrained/torch/safetensors.ts";
import { floatsOf, weightFinder } from "../../../../pipeline/pretrained/torch/weight.ts";
import { InputError } from "../../../../predictor/errors.ts";

/** @param length What the file says of its header, if it does not say the truth. */
function safetensors(header: unknown, data: readonly number[] = [], length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const prefix = new Uint8Array(BigUint64Array.of(length ?? BigInt(json.length)).buffer);
  return Uint8Array.from([...prefix, ...json, ...data]);
}

const read = (bytes: Uint8Array) => readSafetensors(bytes, "m.safetensors");
const entry = (dtype: string, shape: unknown, ...data_offsets: number[]) => ({
  dtype,
  shape,
  data_offsets,
});

/** b [2] as float32 before a [1, 2] as bfloat16, whatever order the header has. */
const whole = safetensors(
  {
    __metadata__: { format: "pt" },
    a: entry("BF16", [1, 2], 8, 12),
    b: entry("F32", [2], 0, 8),
    scalar: entry("I64", [], 12, 20),
    empty: entry("U8", [0, 3], 20, 20),
  },
  [
    0, 0, 0xc0, 0xbf, 0, 0, 0x80, 0x3f, 0x80, 0x3f, 0, 0x40, 0xff, 255, 255, 255, 255, 255, 255,
    255,
  ],
);

test("tensors by their names", () => {
  const weights = read(whole);
  const found = [...weights].map(([name, weight]) => [name, weight.shape, [...floatsOf(weight)]]);
  assert.deepEqual(found, [
    ["a", [1, 2], [1, 2]],
    ["b", [2], [-1.5, 1]],
    ["scalar", [], [-1]],
    ["empty", [0, 3], []],
  ]);
  assert.equal(weights.get("a")?.bytes().buffer, whole.buffer);
});

test("a file may begin anywhere in its buffer", () => {
  const shifted = new Uint8Array(whole.length + 3);
  shifted.set(whole, 3);
  assert.deepEqual([...floatsOf(read(shifted.subarray(3)).get("b")!)], [-1.5, 1]);
});

test("weights are asked for by name and shape", () => {
  const find = weightFinder(read(whole), "m.safetensors");
  assert.deepEqual([...find("b", [2])], [-1.5, 1]);
  assert.throws(() => find("c", [2]), /m\.safetensors: has no tensor "c"; is it of this model\?/);
  assert.throws(() => find("a", [2]), /"a" has the shape \[1,2\], expected \[2\]/);
});

test("files that break the format are refused with what is wrong", () => {
  const four = [0, 0, 0, 0];
  const cases: [Uint8Array, RegExp][] = [
    [Uint8Array.of(1, 2), /it has 2 bytes, its header's length alone takes 8/],
    [safetensors("{}", [], 2n ** 63n), /its header would have 9223372036854\d+ bytes/],
    [safetensors("{}", [], 99n), /its header has 99 bytes, but only 2 follow/],
    [safetensors("{"), /its header is not JSON/],
    [safetensors("[]"), /its header is not a JSON object/],
    [safetensors({ a: 1 }), /in its header, a: /],
    [safetensors({ a: entry("F32", [-1], 0, 4) }, four), /in its header, a\.shape\.0: /],
    [safetensors({ a: entry("F32", [1.5], 0, 4) }, four), /in its header, a\.shape\.0: /],
    [safetensors({ a: entry("F32", [1], 0) }, four), /in its header, a\.data_offsets/],
    [
      safetensors({ a: entry("F8_E4M3", [4], 0, 4) }, four),
      /elements of type F8_E4M3; read are F64/,
    ],
    [safetensors({ a: entry("toString", [4], 0, 4) }, four), /elements of type toString/],
    [
      safetensors({ a: entry("F32", [2], 0, 4) }, four),
      /"a" of shape \[2\] takes 8 bytes, it has 4/,
    ],
    [safetensors({ a: entry("F32", [2 ** 40, 2 ** 40], 0, 4) }, four), /takes \S+ bytes, it has 4/],
    [safetensors({ a: entry("F32", [1], 4, 8) }, four), /"a" ends at byte 8 of 4/],
    [safetensors({ a: entry("U8", [3], 1, 4) }, four), /"a" begins at byte 1.*ends at 0/],
    [safetensors({ a: entry("U8", [3], 0, 3) }, four), /its tensors end at byte 3 of 4/],
    [
      safetensors({ a: entry("U8", [3], 0, 3), b: entry("U8", [2], 2, 4) }, four),
      /"b" begins at byte 2, the tensor before ends at 3/,
    ],
    // The same name twice: the first one's bytes belong to no tensor.
    [
      safetensors(
        '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}',
        four,
      ),
      /"a" begins at byte 2/,
    ],
  ];
  for (const [bytes, message] of cases)
    assert.throws(() => read(bytes), { constructor: InputError, message });
});

test("damaged files are read or refused, and never anything else", () => {
  for (let length = 0; length < whole.length; length++)
    assert.throws(() => read(whole.subarray(0, length)), InputError);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
      const bytes = Uint8Array.from(whole);
      bytes[at] = byte;
      try {
        for (const weight of read(bytes).values()) floatsOf(weight);
      } catch (error) {
        assert.ok(error instanceof InputError, String(error));
      }
    }),
    { seed: 1, numRuns: 2000 },
  );
});
