/** Training on TensorFlow itself, where it is set up: the same losses as on the CPU, and no leaked tensors. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { without } from "../../../needs/needs.ts";
import { assertTrainsAsCpu } from "../backendRuns.ts";

test("towers train on TensorFlow as on the CPU, step by step, and export their weights", {
  skip: without("tensorflow"),
}, async () => {
  const { name } = await assertTrainsAsCpu("tensorflow", { optimizer: "sgd", tolerance: 1e-6 });
  assert.equal(name, "tensorflow");
});
