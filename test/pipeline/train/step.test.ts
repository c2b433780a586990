/** One training step: the loss, its gradients, and dropout from a random stream. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { createRandom } from "../../../pipeline/common/random.ts";
import { configSchema } from "../../../pipeline/config/schema.ts";
import { setWeights } from "../../../pipeline/model/weights.ts";
import { createLoss } from "../../../pipeline/targets/loss.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import type { Optimizer } from "../../../pipeline/train/optimizer.ts";
import { forward, trainStep } from "../../../pipeline/train/step.ts";
import { labelsTarget } from "../labelsTarget.ts";

before(async () => {
  await startBackend("wasm");
});

/** x [B, 2] times mask [B, 1] -> dropout -> dense [B, 3]. */
function smallModel(rate: number): layers.LayersModel {
  const x = layers.input({ shape: [2] });
  const mask = layers.input({ shape: [1] });
  const masked = layers.layers.multiply().apply([x, mask]);
  const dropped = layers.layers.dropout({ rate }).apply(masked);
  const y = layers.layers.dense({ units: 3, name: "out" }).apply(dropped) as layers.SymbolicTensor;
  const model = layers.model({ inputs: [x, mask], outputs: y });
  const kernel = Float32Array.of(0.5, -1, 2, 1, 0.25, -0.5);
  setWeights(
    model,
    new Map([
      ["out/kernel", kernel],
      ["out/bias", Float32Array.of(0.1, 0, -0.1)],
    ]),
  );
  return model;
}

const INPUTS = [Float32Array.of(1, 2, -3, 40), Float32Array.of(1, 1)];
const TARGETS = Float32Array.of(1, 0, 1, 0, 0, 1);
const PRIOR = [-1, 0.5, 0];

/** An optimizer that only records the gradients it gets. */
function recorder(): Optimizer & { readonly seen: number[][] } {
  const seen: number[][] = [];
  return {
    seen,
    step: (gradients) => {
      seen.push(...Object.values(gradients).map((g) => [...g.dataSync<"float32">()]));
    },
    getState: async () => ({ steps: 0, slots: new Map() }),
    setState: async () => {},
    dispose: () => {},
  };
}

test("the loss is the cross-entropy of logits plus prior, and gradients match it", async () => {
  const model = smallModel(0);
  const prior = tf.tensor2d([PRIOR]);
  const optimizer = recorder();
  const tensors = tf.memory().numTensors;
  const loss = await trainStep({
    model,
    optimizer,
    lossOf: createLoss(labelsTarget(3), configSchema.parse({}).train, prior),
    inputs: INPUTS,
    targets: TARGETS,
    prior,
    learningRate: 0.1,
    random: createRandom(1),
  });
  assert.equal(tf.memory().numTensors, tensors, "tensors leak");

  const logits = await forward(model, INPUTS);
  const byHand = [1, 2, -3, 40];
  const kernel = [0.5, -1, 2, 1, 0.25, -0.5];
  let expected = 0;
  const biasGradient = [0, 0, 0];
  for (let i = 0; i < 2; i++) {
    for (let l = 0; l < 3; l++) {
      const own =
        byHand[2 * i]! * kernel[l]! + byHand[2 * i + 1]! * kernel[3 + l]! + [0.1, 0, -0.1][l]!;
      assert.ok(Math.abs(logits[i * 3 + l]! - own) < 1e-5);
      const p = 1 / (1 + Math.exp(-own - PRIOR[l]!));
      const y = TARGETS[i * 3 + l]!;
      // Logits up to 40: only a numerically stable loss is finite and correct here.
      expected -=
        y === 1 ? Math.log(p) : Math.log1p(-p) === -Infinity ? -(own + PRIOR[l]!) : Math.log1p(-p);
      biasGradient[l]! += (p - y) / 6;
    }
  }
  assert.ok(Math.abs(loss - expected / 6) < 1e-5, `${loss}, expected ${expected / 6}`);
  const bias = optimizer.seen.find((values) => values.length === 3)!;
  for (const [l, value] of bias.entries()) assert.ok(Math.abs(value - biasGradient[l]!) < 1e-6);
});

test("dropout depends on the random stream: equal streams give equal losses, other draws other ones", async () => {
  const model = smallModel(0.5);
  const prior = tf.tensor2d([PRIOR]);
  const random = createRandom(1);
  const loss = (stream = random) =>
    trainStep({
      model,
      optimizer: recorder(),
      lossOf: createLoss(labelsTarget(3), configSchema.parse({}).train, prior),
      inputs: INPUTS,
      targets: TARGETS,
      prior,
      learningRate: 0.1,
      random: stream,
    });
  const drawn = new Set<number>();
  for (let i = 0; i < 20; i++) drawn.add(await loss());
  assert.ok(drawn.size > 3, `${drawn.size} masks in 20 steps`);
  const [one, two] = [createRandom(7), createRandom(7)];
  for (let i = 0; i < 5; i++) assert.equal(await loss(one), await loss(two));
  // Forward passes without gradients drop nothing.
  assert.deepEqual(await forward(model, INPUTS), await forward(smallModel(0), INPUTS));
});
