/** One training step small enough to check by hand: whether a backend trains, and trains rightly. */

import * as tfc from "@tensorflow/tfjs-core";
import { binaryCrossEntropy } from "../../targets/labels/losses.ts";
import { createOptimizer } from "../optimizers.ts";

/** Values in -0.5..0.5 that have no pattern a wrong kernel could hide behind. */
const values = (count: number, step: number) =>
  Float32Array.from({ length: count }, (_, i) => ((i * step) % 211) / 211 - 0.5);

/** Tokens are two titles of two words; row 0 is looked up twice, so that its gradient is a sum. */
export const INPUTS = {
  images: { shape: [2, 5, 5, 2] as [number, number, number, number], values: values(100, 77) },
  tokens: { shape: [2, 2] as [number, number], values: Int32Array.from([0, 2, 0, 1]) },
  targets: { shape: [2, 2] as [number, number], values: Float32Array.from([1, 0, 0, 1]) },
};
/** What is trained, in the order of the results. */
export const START = {
  kernel: { shape: [2, 2, 2, 2], values: values(16, 50) },
  embeddings: { shape: [3, 2], values: values(6, 83) },
  dense: { shape: [4, 2], values: values(8, 110) },
};
export const LEARNING_RATE = 0.5;

/** The loss, then the weights after the step, by central differences in float64: the test computes them again. */
export const EXPECTED: readonly number[] = [
  0.7035233, -0.4952979, -0.2550228, -0.0250523, 0.2155245, 0.4451932, -0.3046487, -0.0744549,
  0.1658986, 0.3938748, -0.3560338, -0.1257733, 0.1145135, 0.3444722, -0.4428923, -0.1852822,
  0.0648876, -0.5042263, -0.1104479, 0.3009254, -0.3054908, 0.055038, 0.4485974, -0.4912054,
  0.0219124, -0.4637954, 0.077188, -0.4245789, 0.113482, -0.3478075, 0.124512,
];

/** Rounding in float32, whatever the order of the sums. */
const TOLERANCE = 1e-4;

/**
 * Convolution, pooling, embeddings, a dense layer, cross-entropy, their gradients and a step of the optimiser.
 *
 * @returns The loss, then all weights after the step.
 */
export async function trainingStep(): Promise<number[]> {
  const results = tfc.tidy(() => {
    const weights = Object.values(START).map(({ shape, values }) =>
      tfc.variable(tfc.tensor(values, shape)),
    );
    const images = tfc.tensor4d(INPUTS.images.values, INPUTS.images.shape);
    const tokens = tfc.tensor2d(INPUTS.tokens.values, INPUTS.tokens.shape, "int32");
    const [kernel, embeddings, dense] = weights;
    const targets = tfc.tensor2d(INPUTS.targets.values, INPUTS.targets.shape);
    const { value, grads } = tfc.variableGrads(() => {
      const map = tfc.relu(tfc.conv2d(images, kernel as tfc.Tensor4D, 1, "valid")); // [2, 4, 4, 2]
      const poster = tfc.max(tfc.maxPool(map as tfc.Tensor4D, 2, 2, "valid"), [1, 2]); // [2, 2]
      const title = tfc.mean(tfc.gather(embeddings!, tokens), 1); // [2, 2]
      const logits = tfc.matMul(
        tfc.concat([poster, title], 1) as tfc.Tensor2D,
        dense as tfc.Tensor2D,
      ); // [2, 2]
      return tfc.mean(binaryCrossEntropy(targets, logits)) as tfc.Scalar;
    });
    const optimizer = createOptimizer({ optimizer: "sgd", clipNorm: 0 }, weights, 0, () => false);
    optimizer.step(grads, LEARNING_RATE);
    optimizer.dispose();
    const flat = tfc.concat([value, ...weights].map((tensor) => tfc.reshape(tensor, [-1])));
    for (const weight of weights) weight.dispose();
    return flat;
  });
  const numbers = await results.data<"float32">();
  results.dispose();
  return [...numbers];
}

/** @throws Error with the largest difference, if the step does not give what it must. */
export async function tryTraining(): Promise<void> {
  const found = await trainingStep();
  const differences = EXPECTED.map((value, i) => Math.abs(value - found[i]!));
  const largest = Math.max(
    ...differences.map((d) => (Number.isNaN(d) ? Number.POSITIVE_INFINITY : d)),
  );
  if (found.length !== EXPECTED.length || largest > TOLERANCE) {
    throw new Error(`a training step with a known result is off by ${largest.toPrecision(2)}`);
  }
}
