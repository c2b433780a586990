/** Clones on the WASM backend share data, which stays until the last of them is disposed of. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { startBackend } from "../../../../pipeline/train/backend.ts";

before(async () => {
  await startBackend("wasm");
});

test("a clone outlives its original, takes no memory, and does not leak", () => {
  const before = tf.memory();
  const original = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const { numDataBuffers } = tf.memory();
  const clone = original.clone();
  assert.deepEqual(clone.shape, [2, 3]);
  assert.equal(tf.memory().numDataBuffers, numDataBuffers);
  original.dispose();
  const other = tf.fill([2, 3], 9); // would reuse freed memory
  assert.deepEqual([...clone.dataSync()], [1, 2, 3, 4, 5, 6]);
  tf.dispose([clone, other]);
  assert.equal(tf.memory().numDataBuffers, before.numDataBuffers);
  assert.equal(tf.memory().numTensors, before.numTensors);
});

test("assigning to a variable does not change earlier clones", () => {
  const variable = tf.variable(tf.tensor1d([1, 2, 3]));
  const clone = variable.clone();
  variable.assign(tf.tensor1d([7, 8, 9]));
  assert.deepEqual([...clone.dataSync()], [1, 2, 3]);
  assert.deepEqual([...variable.dataSync()], [7, 8, 9]);
  tf.dispose([clone, variable]);
});
