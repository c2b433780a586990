/** Weights in the forms that TensorFlow.js stores. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { halfToFloat, readWeights } from "../../../pipeline/export/weights.ts";

test("every half is the same number in single precision", () => {
  const codes = Uint16Array.from({ length: 65536 }, (_, code) => code);
  const spec = {
    name: "w",
    shape: [65536],
    dtype: "float32",
    quantization: { dtype: "float16" },
  };
  const weight = readWeights([spec], codes, { finite: false }).get("w")!;
  assert.deepEqual(weight.data, Float32Array.from(codes, halfToFloat));
  // by value, apart from the function above: 1, -2, the largest, the smallest, and minus zero
  const known = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000].map((code) => weight.data[code]);
  assert.deepEqual(known, [1, -2, 65504, 2 ** -24, -0]);
});
