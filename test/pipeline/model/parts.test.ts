/** Equal weights over masked rows, and the towers' last layers. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { equalShares, logitsOf } from "../../../pipeline/model/parts.ts";
import { setWeights } from "../../../pipeline/model/weights.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";

before(async () => {
  await startBackend("wasm");
});

const MASKS = [
  [1, 1, 1, 1],
  [1, 0, 1, 0],
  [0, 0, 0, 1],
  [0, 0, 0, 0],
];
test("visible positions have equal shares, masked ones 0", () => {
  const mask = layers.input({ shape: [4] });
  const model = layers.model({ inputs: mask, outputs: equalShares(mask, "mean") });
  const found = (model.predict(tf.tensor2d(MASKS)) as tf.Tensor2D).arraySync();
  for (const [i, row] of found.entries()) {
    const visible = MASKS[i]!.reduce((sum, value) => sum + value, 0);
    for (const [k, share] of row.entries()) {
      const expected = MASKS[i]![k] === 1 ? 1 / visible : 0;
      assert.ok(Math.abs(share - expected) < 1e-6, `row ${i}: ${row}`);
    }
  }
});

test("logits are a linear layer if the input is present, and exactly zero if not", () => {
  const features = layers.input({ shape: [2] });
  const presence = layers.input({ shape: [1] });
  const tower = logitsOf(features, presence, { input: "some", labels: 3, dropout: 0.5 });
  assert.equal(tower.presence, presence);
  const model = layers.model({ inputs: [features, presence], outputs: tower.logits });
  const weights = new Map([
    ["some_logits/kernel", Float32Array.of(1, 2, 3, 4, 5, 6)],
    ["some_logits/bias", Float32Array.of(10, 20, 30)],
  ]);
  setWeights(model, weights);
  const inputs = [
    tf.tensor2d([
      [1, 1],
      [1, 1],
    ]),
    tf.tensor2d([[1], [0]]),
  ];
  assert.deepEqual((model.predict(inputs) as tf.Tensor2D).arraySync(), [
    [15, 27, 39],
    [0, 0, 0],
  ]);
});
