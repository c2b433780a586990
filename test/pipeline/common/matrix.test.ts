/** Matrices in typed arrays. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { concatenate, selectRows } from "../../../pipeline/common/matrix.ts";

test("concatenate joins the parts in order, as the same type", () => {
  assert.deepEqual(
    concatenate([Uint8Array.of(1, 2), Uint8Array.of(), Uint8Array.of(3)], new Uint8Array(0)),
    Uint8Array.of(1, 2, 3),
  );
  assert.deepEqual(concatenate([], new Float32Array(0)), new Float32Array(0));
});

test("selectRows returns rows in the given order, with repeats", () => {
  const matrix = Float32Array.of(0, 1, 10, 11, 20, 21);
  assert.deepEqual(selectRows(matrix, [2, 0, 2], 2), Float32Array.of(20, 21, 0, 1, 20, 21));
  assert.deepEqual(selectRows(matrix, [], 2), new Float32Array(0));
});
