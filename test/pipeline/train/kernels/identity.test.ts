/** Clones on the WASM backend share their numbers, and each has them for as long as it lives. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { startBackend } from "../../../../pipeline/train/backend.ts";

before(async () => {
  await startBackend("wasm");
});

test("a clone outlives its original, takes no memory, and leaves none behind", () => {
  const before = tf.memory();
  const original = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const { numDataBuffers } = tf.memory();
  const clone = original.clone();
  assert.deepEqual(clone.shape, [2, 3]);
  assert.equal(tf.memory().numDataBuffers, numDataBuffers);
  original.dispose();
  const other = tf.fill([2, 3], 9); // would take the place of numbers that nobody holds
  assert.deepEqual([...clone.dataSync()], [1, 2, 3, 4, 5, 6]);
  tf.dispose([clone, other]);
  assert.equal(tf.memory().numDataBuffers, before.numDataBuffers);
  assert.equal(tf.memory().numTensors, before.numTensors);
});

test("a variable that is assigned anew leaves what was cloned of it as it was", () => {
  const variable = tf.variable(tf.tensor1d([1, 2, 3]));
  const held = variable.clone();
  variable.assign(tf.tensor1d([7, 8, 9]));
  assert.deepEqual([...held.dataSync()], [1, 2, 3]);
  assert.deepEqual([...variable.dataSync()], [7, 8, 9]);
  tf.dispose([held, variable]);
});
