/** The training step that every backend is tried with, against numbers that owe nothing to tfjs. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  getKernel,
  Relu,
  registerKernel,
  setBackend,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { startBackend } from "../../../../pipeline/train/backend.ts";
import {
  EXPECTED,
  INPUTS,
  LEARNING_RATE,
  START,
  trainingStep,
  tryTraining,
} from "../../../../pipeline/train/backends/trial.ts";

type Weights = readonly (readonly number[])[];

/** The loss in plain float64: convolution, ReLU, maximum of all pools, mean of embeddings, dense layer, cross-entropy. */
function lossOf([kernel, embeddings, dense]: Weights): number {
  const images = INPUTS.images.values;
  const { values: tokens } = INPUTS.tokens;
  let loss = 0;
  for (let n = 0; n < 2; n++) {
    const features = [0, 0];
    for (let f = 0; f < 2; f++) {
      for (let y = 0; y < 4; y++) {
        for (let x = 0; x < 4; x++) {
          let sum = 0;
          for (let dy = 0; dy < 2; dy++) {
            for (let dx = 0; dx < 2; dx++) {
              for (let c = 0; c < 2; c++) {
                const pixel = images[((n * 5 + y + dy) * 5 + x + dx) * 2 + c]!;
                sum += pixel * kernel![((dy * 2 + dx) * 2 + c) * 2 + f]!;
              }
            }
          }
          features[f] = Math.max(features[f]!, sum);
        }
      }
    }
    for (let k = 0; k < 2; k++) {
      const [a, b] = [tokens[n * 2]!, tokens[n * 2 + 1]!];
      features.push((embeddings![a * 2 + k]! + embeddings![b * 2 + k]!) / 2);
    }
    for (let l = 0; l < 2; l++) {
      const logit = features.reduce((sum, value, k) => sum + value * dense![k * 2 + l]!, 0);
      const target = INPUTS.targets.values[n * 2 + l]!;
      loss += (Math.log1p(Math.exp(logit)) - target * logit) / 4;
    }
  }
  return loss;
}

function stepInFloat64(): number[] {
  const weights = Object.values(START).map(({ values }) => [...values]);
  const updated = weights.map((list, w) =>
    list.map((value, i) => {
      const at = (moved: number) => lossOf(weights.with(w, list.with(i, moved)));
      return value - (LEARNING_RATE * (at(value + 1e-5) - at(value - 1e-5))) / 2e-5;
    }),
  );
  return [lossOf(weights), ...updated.flat()];
}

test("the known result is the definition's", () => {
  const found = stepInFloat64();
  assert.equal(EXPECTED.length, found.length);
  for (const [i, value] of found.entries()) {
    assert.ok(Math.abs(value - EXPECTED[i]!) < 2e-6, `${i}: ${value}, stands as ${EXPECTED[i]}`);
  }
  // Every weight moves by more than the tolerance, or its gradient would not be tried.
  const start = Object.values(START).flatMap(({ values }) => [...values]);
  const still = start.filter((value, i) => Math.abs(value - found[i + 1]!) < 2e-4);
  assert.deepEqual(still, []);
});

for (const backend of ["cpu", "wasm"] as const) {
  test(`${backend} gives it, and a kernel that computes something else does not pass`, async () => {
    await startBackend(backend);
    await tryTraining();
    assert.equal((await trainingStep()).length, EXPECTED.length);
    const { kernelFunc } = getKernel(Relu, backend)!;
    const replace = (f: typeof kernelFunc) => {
      unregisterKernel(Relu, backend);
      registerKernel({ kernelName: Relu, backendName: backend, kernelFunc: f });
    };
    replace((args) => args.inputs.x!);
    try {
      await assert.rejects(tryTraining(), /is off by \d/);
    } finally {
      replace(kernelFunc);
      await setBackend(backend);
    }
  });
}
