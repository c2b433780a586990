/** Optimisers against their formulas, and gradient clipping. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { clipByGlobalNorm, createOptimizer } from "../../../pipeline/train/optimizers.ts";

before(async () => {
  await startBackend("wasm");
});

const GRADIENTS = [0.5, -2, 1];
const RATES = [0.1, 0.05, 0.2];

const KINDS = ["adamw", "adam", "sgd", "rmsprop"] as const;

test("a variable may have a multiple of the others' learning rate, also after its state was restored", async () => {
  for (const optimizer of KINDS) {
    const moved = async (learningRate: number, rateOf?: () => number, restored = false) => {
      const weights = [1, 2].map((value) => tf.variable(tf.scalar(value)));
      const create = () =>
        createOptimizer(
          { optimizer, clipNorm: 0 },
          weights,
          0.1,
          () => true,
          (variable) => (variable === weights[0] ? 1 : (rateOf?.() ?? 1)),
        );
      let instance = create();
      for (const gradient of GRADIENTS) {
        const gradients = weights.map(({ name }) => [name, tf.scalar(gradient)] as const);
        instance.step(Object.fromEntries(gradients), learningRate);
        if (!restored) continue;
        const state = await instance.getState();
        instance.dispose();
        instance = create();
        await instance.setState(state);
      }
      instance.dispose();
      return weights.map((weight) => weight.dataSync<"float32">()[0]!);
    };
    const [[first], [, second]] = [await moved(0.1), await moved(0.02)];
    const both = await moved(0.1, () => 0.2);
    assertClose(both, [first!, second!]);
    assert.deepEqual(await moved(0.1, () => 0.2, true), both, optimizer);
  }
});

/** Values of one weight over three steps. */
function run(
  optimizer: "adamw" | "adam" | "sgd" | "rmsprop",
  decay: number,
  clipNorm = 0,
): number[] {
  const weight = tf.variable(tf.scalar(1), true, `kernel${Math.random()}`);
  const instance = createOptimizer({ optimizer, clipNorm }, [weight], decay, (name) =>
    name.startsWith("kernel"),
  );
  const values = GRADIENTS.map((gradient, i) => {
    tf.tidy(() => instance.step({ [weight.name]: tf.scalar(gradient) }, RATES[i]!));
    return weight.dataSync<"float32">()[0]!;
  });
  instance.dispose();
  weight.dispose();
  return values;
}

function assertClose(actual: readonly number[], expected: readonly number[]) {
  for (const [i, value] of actual.entries()) {
    assert.ok(Math.abs(value - expected[i]!) < 1e-5, `${actual}, expected ${expected}`);
  }
}

test("sgd has a momentum of 0.9, decay as part of the gradient, and the rate of each step", () => {
  let weight = 1;
  let velocity = 0;
  const expected = GRADIENTS.map((gradient, i) => {
    velocity = 0.9 * velocity + gradient + 0.1 * weight;
    weight -= RATES[i]! * velocity;
    return weight;
  });
  assertClose(run("sgd", 0.1), expected);
});

test("rmsprop divides the gradient by the root of its mean square", () => {
  let weight = 1;
  let square = 0;
  const expected = GRADIENTS.map((gradient, i) => {
    square = 0.9 * square + 0.1 * gradient ** 2;
    weight -= (RATES[i]! * gradient) / Math.sqrt(square + 1e-7);
    return weight;
  });
  assertClose(run("rmsprop", 0), expected);
});

test("adam adds the decay to the gradient; without decay it equals adamw", () => {
  assertClose(run("adam", 0), run("adamw", 0));
  let weight = 1;
  let mean = 0;
  let variance = 0;
  const expected = GRADIENTS.map((bare, i) => {
    const gradient = bare + 0.1 * weight;
    mean = 0.9 * mean + 0.1 * gradient;
    variance = 0.999 * variance + 0.001 * gradient ** 2;
    const size = Math.sqrt(variance / (1 - 0.999 ** (i + 1))) + 1e-8;
    weight -= ((RATES[i]! / (1 - 0.9 ** (i + 1))) * mean) / size;
    return weight;
  });
  assertClose(run("adam", 0.1), expected);
});

test("clipping scales all gradients by the same factor, and only if their global norm is too large", () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const gradients = { a: tf.tensor1d([3, 0]), b: tf.scalar(-4) };
    const values = (limit: number) =>
      Object.values(clipByGlobalNorm(gradients, limit)).flatMap((g) => [...g.dataSync()]);
    assertClose(values(1), [0.6, 0, -0.8]);
    assertClose(values(10), [3, 0, -4]);
    const none = clipByGlobalNorm({ a: tf.zeros([2]) }, 1);
    assert.deepEqual([...none.a!.dataSync()], [0, 0]);
  });
  assert.equal(tf.memory().numTensors, before);
  // sgd with every gradient clipped to an absolute value of 0.5.
  const [first] = run("sgd", 0, 0.5);
  assertClose([first!], [1 - 0.1 * 0.5]);
});
