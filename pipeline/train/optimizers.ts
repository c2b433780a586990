/** How gradients become steps: the choice of optimiser, and clipping. */

import * as tfc from "@tensorflow/tfjs-core";
import type { Config } from "../config/schema.ts";
import { createAdamW } from "./adamw.ts";
import type { Optimizer } from "./optimizer.ts";
import { slotTensor } from "./slots.ts";

const MOMENTUM = 0.9;
const RMSPROP_DECAY = 0.9;

/** Whether weight decay is for a variable, by its name: not for biases and normalisation. */
export function isDecayed(name: string): boolean {
  return /\/(kernel|recurrent_kernel|embeddings)/.test(name);
}

/**
 * `adamw` decays weights beside the gradient; the others add the decay to it, which is L2 regularisation. `sgd` has a
 * momentum of 0.9, `rmsprop` a decay of 0.9 (Tieleman and Hinton 2012).
 *
 * @param decayed Which variables are decayed, by name: biases and normalisation are better left alone.
 */
export function createOptimizer(
  { optimizer: kind, clipNorm }: Pick<Config["train"], "optimizer" | "clipNorm">,
  variables: readonly tfc.Variable[],
  weightDecay: number,
  decayed: (name: string) => boolean,
): Optimizer {
  const inner =
    kind === "adamw"
      ? createAdamW(variables, weightDecay, decayed)
      : kind === "adam"
        ? regularised(createAdamW(variables, 0, decayed), variables, weightDecay, decayed)
        : regularised(fromTfjs(kind, variables), variables, weightDecay, decayed);
  if (clipNorm === 0) return inner;
  return {
    ...inner,
    step(gradients, learningRate) {
      tfc.tidy(() => inner.step(clipByGlobalNorm(gradients, clipNorm), learningRate));
    },
  };
}

function fromTfjs(kind: "sgd" | "rmsprop", variables: readonly tfc.Variable[]): Optimizer {
  const momentum = kind === "sgd" ? tfc.train.momentum(1, MOMENTUM) : undefined;
  const optimizer = momentum ?? tfc.train.rmsprop(1, RMSPROP_DECAY);
  return {
    step(gradients, learningRate) {
      // tfjs' own optimisers have no schedule: one keeps the rate as a tensor, the other as a field that each step reads.
      if (momentum) momentum.setLearningRate(learningRate);
      else Reflect.set(optimizer, "learningRate", learningRate);
      optimizer.applyGradients(
        Object.entries(gradients).map(([name, tensor]) => ({ name, tensor })),
      );
    },
    async getState() {
      const [iterations, ...held] = await optimizer.getWeights();
      iterations!.tensor.dispose();
      const slots = new Map<string, Float32Array>();
      for (const { name, tensor } of held) {
        // Their names end in what they are, "title_logits/kernel/rms"; the rest may be counted up in another process.
        const [, variable, slot] = /^(.*)\/(\w+)$/.exec(name)!;
        const index = variables.findIndex((found) => found.name === variable);
        slots.set(`${slot}/${index}`, (await tensor.data<"float32">()).slice());
      }
      return { steps: optimizer.iterations, slots };
    },
    async setState({ steps, slots }) {
      const iterations = { name: "iter", tensor: tfc.scalar(steps, "int32") };
      // In the order in which they were read: tfjs goes by it.
      const held = [...slots.keys()].map((key) => {
        const [slot, index] = key.split("/") as [string, string];
        const variable = variables[Number(index)]!;
        return { name: `${variable.name}/${slot}`, tensor: slotTensor(key, variable, slots) };
      });
      await optimizer.setWeights([iterations, ...held]);
      for (const { tensor } of [iterations, ...held]) tensor.dispose();
    },
    dispose: () => optimizer.dispose(),
  };
}

function regularised(
  inner: Optimizer,
  variables: readonly tfc.Variable[],
  decay: number,
  decayed: (name: string) => boolean,
): Optimizer {
  if (decay === 0) return inner;
  const weights = variables.filter(({ name }) => decayed(name));
  return {
    ...inner,
    step(gradients, learningRate) {
      tfc.tidy(() => {
        const pulled = { ...gradients };
        for (const weight of weights) {
          const gradient = gradients[weight.name];
          if (gradient) pulled[weight.name] = tfc.add(gradient, tfc.mul(weight, decay));
        }
        inner.step(pulled, learningRate);
      });
    },
  };
}

/**
 * Scales all gradients by one factor so that their joint norm is at most `limit` (Pascanu, Mikolov, Bengio 2013,
 * algorithm 1): the direction stays.
 */
export function clipByGlobalNorm(gradients: tfc.NamedTensorMap, limit: number): tfc.NamedTensorMap {
  const squares = Object.values(gradients).map((g) => tfc.sum(tfc.square(g)) as tfc.Scalar);
  const norm = tfc.sqrt(tfc.addN(squares));
  const factor = tfc.minimum(1, tfc.div(limit, tfc.maximum(norm, 1e-12)));
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [name, tfc.mul(gradient, factor)]),
  );
}
