/** Adam with decoupled weight decay (Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", algorithm 2). */

import {
  add,
  div,
  mul,
  sqrt,
  square,
  sub,
  type Tensor,
  tidy,
  type Variable,
  variable,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { ADAMW, adamWStep, hasKernel, MIX, mix as mixByKernel } from "./kernels/operations.ts";
import type { Optimizer } from "./optimizer.ts";
import { readSlots, writeSlots } from "./slots.ts";

/** Decay of the mean of the gradients; this and the next two are the defaults of Kingma and Ba 2015. */
const BETA1 = 0.9;
/** Decay of the mean of their squares. */
const BETA2 = 0.999;
/** Added to the root of the mean square, so that it is never 0. */
const EPSILON = 1e-8;

/**
 * @param decayed Whether weight decay applies to the variable of this name; see `isDecayed`.
 */
export function createAdamW(
  variables: readonly Variable[],
  weightDecay: number,
  decayed: (name: string) => boolean,
): Optimizer {
  const states = variables.map((weight) => ({
    weight,
    decay: decayed(weight.name) ? weightDecay : 0,
    mean: tidy(() => variable(zerosLike(weight), false)),
    variance: tidy(() => variable(zerosLike(weight), false)),
  }));
  const means = states.map(({ mean }) => mean);
  const variances = states.map(({ variance }) => variance);
  let steps = 0;
  const update = hasKernel(ADAMW) ? adamWStep : stepByOperations;
  return {
    step(gradients, learningRate) {
      steps++;
      const unbias1 = 1 - BETA1 ** steps;
      const unbias2 = 1 - BETA2 ** steps;
      for (const { weight, mean, variance, decay } of states) {
        const gradient = gradients[weight.name];
        if (!gradient) continue;
        tidy(() => {
          const values = update(
            { weight, gradient, mean, variance },
            {
              beta1: BETA1,
              beta2: BETA2,
              unbias2,
              epsilon: EPSILON,
              rate: learningRate / unbias1,
              keep: 1 - learningRate * decay,
            },
          );
          for (const [i, variable] of [weight, mean, variance].entries()) {
            variable.assign(values[i]!);
          }
        });
      }
    },
    async getState() {
      const slots = new Map([
        ...(await readSlots("mean", means)),
        ...(await readSlots("variance", variances)),
      ]);
      return { steps, slots };
    },
    async setState(state) {
      steps = state.steps;
      writeSlots("mean", means, state.slots);
      writeSlots("variance", variances, state.slots);
    },
    dispose() {
      for (const { mean, variance } of states) {
        mean.dispose();
        variance.dispose();
      }
    },
  };
}

/** What `adamWStep` computes, in the same order and with the same bits, where there is no kernel for it. */
export const stepByOperations: typeof adamWStep = (
  { weight, gradient, mean, variance },
  { beta1, beta2, unbias2, epsilon, rate, keep },
) => {
  const newMean = mixByOperations(mean, gradient, beta1);
  const newVariance = mixByOperations(variance, square(gradient), beta2);
  const size = add(sqrt(div(newVariance, unbias2)), epsilon);
  const base = keep < 1 ? mul(weight, keep) : weight;
  return [sub(base, mul(div(newMean, size), rate)), newMean, newVariance];
};

/** share * a + (1 - share) * b */
export function mix<T extends Tensor>(a: T, b: T, share: number): T {
  return (hasKernel(MIX) ? mixByKernel : mixByOperations)(a, b, share);
}

export function mixByOperations<T extends Tensor>(a: T, b: Tensor, share: number): T {
  return add(mul(a, share), mul(b, 1 - share)) as T;
}
