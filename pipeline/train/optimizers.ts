/** Creates the optimiser that the options name, and clips gradients. */

import * as tfc from "@tensorflow/tfjs-core";
import type { Config } from "../config/schema.ts";
import { createAdamW } from "./adamw.ts";
import type { Optimizer } from "./optimizer.ts";
import { slotTensor } from "./slots.ts";

/** Momentum of `sgd`, the usual value. */
const MOMENTUM = 0.9;
/** Decay of the mean square in `rmsprop` (Tieleman and Hinton 2012). */
const RMSPROP_DECAY = 0.9;

/** Whether weight decay applies to the variable of this name: to weights, not to biases and normalisation. */
export function isDecayed(name: string): boolean {
  return /\/(kernel|recurrent_kernel|embeddings)/.test(name);
}

/**
 * `adamw` applies weight decay separately from the gradient; the others add it to the gradient (L2 regularisation).
 *
 * @param decayed Whether weight decay applies to the variable of this name; see `isDecayed`.
 * @param rateOf What a variable's learning rate is a multiple of, default 1: of the rate of every step.
 */
export function createOptimizer(
  { optimizer: kind, clipNorm }: Pick<Config["train"], "optimizer" | "clipNorm">,
  variables: readonly tfc.Variable[],
  weightDecay: number,
  decayed: (name: string) => boolean,
  rateOf: (variable: tfc.Variable) => number = () => 1,
): Optimizer {
  const rates = [...new Set(variables.map(rateOf))];
  const inner = together(
    rates.map((rate) => {
      const own = variables.filter((variable) => rateOf(variable) === rate);
      const optimizer = optimizerOf(kind, own, weightDecay, decayed);
      return { rate, names: own.map(({ name }) => name), optimizer };
    }),
  );
  if (clipNorm === 0) return inner;
  return {
    ...inner,
    step(gradients, learningRate) {
      tfc.tidy(() => inner.step(clipByGlobalNorm(gradients, clipNorm), learningRate));
    },
  };
}

function optimizerOf(
  kind: Config["train"]["optimizer"],
  variables: readonly tfc.Variable[],
  weightDecay: number,
  decayed: (name: string) => boolean,
): Optimizer {
  if (kind === "adamw") return createAdamW(variables, weightDecay, decayed);
  const inner = kind === "adam" ? createAdamW(variables, 0, decayed) : fromTfjs(kind, variables);
  return regularised(inner, variables, weightDecay, decayed);
}

/** An optimiser for each set of variables that have a learning rate of their own, as one. */
function together(
  parts: readonly {
    readonly rate: number;
    /** Of the variables. */
    readonly names: readonly string[];
    readonly optimizer: Optimizer;
  }[],
): Optimizer {
  const [first, ...others] = parts;
  if (first?.rate === 1 && others.length === 0) return first.optimizer;
  // A slot's place among the parts begins its name.
  const prefix = (part: number) => `${part}/`;
  return {
    step(gradients, learningRate) {
      for (const { rate, names, optimizer } of parts) {
        const own = Object.entries(gradients).filter(([name]) => names.includes(name));
        optimizer.step(Object.fromEntries(own), learningRate * rate);
      }
    },
    async getState() {
      const states = await Promise.all(parts.map(({ optimizer }) => optimizer.getState()));
      const slots = states.flatMap(({ slots }, part) =>
        [...slots].map(([name, values]) => [`${prefix(part)}${name}`, values] as const),
      );
      return { steps: states[0]!.steps, slots: new Map(slots) };
    },
    async setState({ steps, slots }) {
      for (const [part, { optimizer }] of parts.entries()) {
        const own = [...slots].filter(([name]) => name.startsWith(prefix(part)));
        const named = own.map(
          ([name, values]) => [name.slice(prefix(part).length), values] as const,
        );
        await optimizer.setState({ steps, slots: new Map(named) });
      }
    },
    dispose() {
      for (const { optimizer } of parts) optimizer.dispose();
    },
  };
}

function fromTfjs(kind: "sgd" | "rmsprop", variables: readonly tfc.Variable[]): Optimizer {
  const momentum = kind === "sgd" ? tfc.train.momentum(1, MOMENTUM) : undefined;
  const optimizer = momentum ?? tfc.train.rmsprop(1, RMSPROP_DECAY);
  return {
    step(gradients, learningRate) {
      // tfjs's optimisers have no schedule: one stores the rate as a tensor, the other as a field that each step reads.
      if (momentum) momentum.setLearningRate(learningRate);
      else Reflect.set(optimizer, "learningRate", learningRate);
      optimizer.applyGradients(
        Object.entries(gradients).map(([name, tensor]) => ({ name, tensor })),
      );
    },
    async getState() {
      const [iterations, ...weights] = await optimizer.getWeights();
      iterations!.tensor.dispose();
      const slots = new Map<string, Float32Array>();
      for (const { name, tensor } of weights) {
        // Variable and slot, "title_logits/kernel/rms"; stored by index, as the variable's name may get another suffix in
        // another process.
        const [, variable, slot] = /^(.*)\/(\w+)$/.exec(name)!;
        const index = variables.findIndex((candidate) => candidate.name === variable);
        slots.set(`${slot}/${index}`, (await tensor.data<"float32">()).slice());
      }
      return { steps: optimizer.iterations, slots };
    },
    async setState({ steps, slots }) {
      const iterations = { name: "iter", tensor: tfc.scalar(steps, "int32") };
      // In the order in which they were read, which tfjs relies on.
      const weights = [...slots.keys()].map((key) => {
        const [slot, index] = key.split("/") as [string, string];
        const variable = variables[Number(index)]!;
        return { name: `${variable.name}/${slot}`, tensor: slotTensor(key, variable, slots) };
      });
      await optimizer.setWeights([iterations, ...weights]);
      for (const { tensor } of [iterations, ...weights]) tensor.dispose();
    },
    dispose: () => optimizer.dispose(),
  };
}

/** Adds L2 regularisation to the gradients of an optimiser. */
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
        const withDecay = { ...gradients };
        for (const weight of weights) {
          const gradient = gradients[weight.name];
          if (gradient) withDecay[weight.name] = tfc.add(gradient, tfc.mul(weight, decay));
        }
        inner.step(withDecay, learningRate);
      });
    },
  };
}

/**
 * Scales all gradients by the same factor so that their global norm is at most `limit`, which preserves the direction
 * (Pascanu, Mikolov, Bengio 2013, algorithm 1).
 */
export function clipByGlobalNorm(gradients: tfc.NamedTensorMap, limit: number): tfc.NamedTensorMap {
  const squares = Object.values(gradients).map((g) => tfc.sum(tfc.square(g)) as tfc.Scalar);
  const norm = tfc.sqrt(tfc.addN(squares));
  const factor = tfc.minimum(1, tfc.div(limit, tfc.maximum(norm, 1e-12)));
  return Object.fromEntries(
    Object.entries(gradients).map(([name, gradient]) => [name, tfc.mul(gradient, factor)]),
  );
}
