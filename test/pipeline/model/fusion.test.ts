/** The fusion's weights, by name and position. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { fuse, fusionWeights } from "../../../pipeline/model/fusion.ts";
import { setWeights } from "../../../pipeline/model/weights.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";

before(async () => {
  await startBackend("wasm");
});

test("gates: bias plus the kernel's rows of present inputs; logits: prior plus gated logits", () => {
  const names = ["a", "b"];
  const towerOutputs = names.map(() => layers.input({ shape: [3] }));
  const presences = names.map(() => layers.input({ shape: [1] }));
  const towers = Object.fromEntries(
    names.map((name, i) => [name, { logits: towerOutputs[i]!, presence: presences[i]! }]),
  );
  const amounts = layers.input({ shape: [1] });
  const { logits, gates } = fuse(towers, [amounts], 3);
  const inputsOf = [...towerOutputs, ...presences, amounts];
  const model = layers.model({ inputs: inputsOf, outputs: [logits, gates] });
  const prior = Float32Array.of(-1, 0, 1);
  // A row per present input or amount, a column per gate: with a, b weighs 0.5 less; with b, a weighs 0.25 more; with the
  // full amount, a weighs 0.5 less and b 1 more.
  const weights = {
    kernel: Float32Array.of(0, -0.5, 0.25, 0, -0.5, 1),
    bias: Float32Array.of(1, 2),
  };
  setWeights(model, fusionWeights(prior, weights));

  const rows = 5;
  const inputs = [
    tf.tensor2d(
      new Array(rows).fill([1, 2, 3]).map((row, i) => (i & 1 || i === 4 ? row : [0, 0, 0])),
    ),
    tf.tensor2d(
      new Array(rows).fill([10, 20, 30]).map((row, i) => (i & 2 || i === 4 ? row : [0, 0, 0])),
    ),
    tf.tensor2d([[0], [1], [0], [1], [1]]),
    tf.tensor2d([[0], [0], [1], [1], [1]]),
    tf.tensor2d([[0], [0], [0], [0], [1]]),
  ];
  const [foundLogits, foundGates] = (model.predict(inputs) as tf.Tensor2D[]).map((t) =>
    t.arraySync(),
  );
  assert.deepEqual(foundGates, [
    [0, 0],
    [1, 0],
    [0, 2],
    [1.25, 1.5],
    [0.75, 2.5],
  ]);
  assert.deepEqual(foundLogits, [
    [-1, 0, 1],
    [0, 2, 4],
    [19, 40, 61],
    [15.25, 32.5, 49.75],
    [24.75, 51.5, 78.25],
  ]);
});
