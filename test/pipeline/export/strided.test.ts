/** Copies in another order of the axes, against index arithmetic. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { copyStrided, permute, stridesOf } from "../../../pipeline/export/strided.ts";

/** All orders of 0 to n - 1. */
function orders(n: number): number[][] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap((order) =>
    Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]),
  );
}

test("every order of the axes, with and without axes of size 1", () => {
  for (const shape of [[], [5], [2, 3], [2, 3, 4, 5], [1, 1, 4, 6], [3, 1, 2, 1], [0, 2, 3]]) {
    const strides = stridesOf(shape);
    const size = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: size }, (_, i) => i + 1);
    for (const perm of orders(shape.length)) {
      const to = stridesOf(perm.map((p) => shape[p]!));
      const expected = new Float32Array(size);
      for (let i = 0; i < size; i++) {
        const index = shape.map((d, axis) => Math.floor(i / strides[axis]!) % d);
        expected[perm.reduce((at, p, axis) => at + index[p]! * to[axis]!, 0)] = data[i]!;
      }
      assert.deepEqual(permute(data, shape, perm), expected, `[${shape}] in the order ${perm}`);
    }
  }
});

test("a stride of 0 repeats an axis, of int64 too", () => {
  const out = new Float32Array(12);
  copyStrided(Float32Array.of(1, 2, 3), out, [2, 3, 2], [0, 1, 0]);
  assert.deepEqual(out, Float32Array.of(1, 1, 2, 2, 3, 3, 1, 1, 2, 2, 3, 3));
  const longs = new BigInt64Array(4);
  copyStrided(BigInt64Array.of(7n, 8n), longs, [2, 2], [1, 0]);
  assert.deepEqual(longs, BigInt64Array.of(7n, 7n, 8n, 8n));
});
