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
  return {
    step(gradients, learningRate) {
      steps++;
      const unbias1 = 1 - BETA1 ** steps;
      const unbias2 = 1 - BETA2 ** steps;
      for (const { weight, mean, variance, decay } of states) {
        const gradient = gradients[weight.name];
        if (!gradient) continue;
        tidy(() => {
          mean.assign(mix(mean, gradient, BETA1));
          variance.assign(mix(variance, square(gradient), BETA2));
          const size = add(sqrt(div(variance, unbias2)), EPSILON);
          const update = mul(div(mean, size), learningRate / unbias1);
          const base = decay > 0 ? mul(weight, 1 - learningRate * decay) : weight;
          weight.assign(sub(base, update));
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

/** share * a + (1 - share) * b */
export function mix<T extends Tensor>(a: T, b: Tensor, share: number): T {
  return add(mul(a, share), mul(b, 1 - share)) as T;
}
