/** Updates of weights in one pass each: a step of AdamW, and a weighted mean. Bits are those of the operations one by one. */

import { type KernelFunc, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { addressOf, allocate, inputsOf } from "./heap.ts";
import { simdKernels } from "./simd/load.ts";

export interface AdamWAttrs {
  readonly beta1: number;
  readonly beta2: number;
  /** What the mean square is divided by. */
  readonly unbias2: number;
  readonly epsilon: number;
  /** What the update is multiplied by. */
  readonly rate: number;
  /** What weight decay leaves of a weight. */
  readonly keep: number;
}

/** weight, gradient, mean, variance -> the new weight, mean and variance. */
export const adamWStep: KernelFunc = ({ inputs, backend, attrs }) => {
  const { weight, gradient, mean, variance } =
    inputsOf<Record<"weight" | "gradient" | "mean" | "variance", TensorInfo>>(inputs);
  const { beta1, beta2, unbias2, epsilon, rate, keep } = attrs as unknown as AdamWAttrs;
  const outputs = [weight, mean, variance].map(({ shape }) => allocate(backend, shape));
  const addresses = [weight, gradient, mean, variance, ...outputs].map((tensor) =>
    addressOf(backend, tensor),
  );
  const numbers = [beta1, 1 - beta1, beta2, 1 - beta2, unbias2, epsilon, rate, keep];
  simdKernels(backend).run("adamw", [...addresses, sizeOf(weight), ...numbers], 1);
  return outputs;
};

/** share * a + (1 - share) * b */
export const mix: KernelFunc = ({ inputs, backend, attrs }) => {
  const { a, b } = inputsOf<{ a: TensorInfo; b: TensorInfo }>(inputs);
  const { share } = attrs as unknown as { share: number };
  const out = allocate(backend, a.shape);
  const addresses = [a, b, out].map((tensor) => addressOf(backend, tensor));
  simdKernels(backend).run("mix", [...addresses, sizeOf(a), share, 1 - share], 1);
  return out;
};

const sizeOf = ({ shape }: TensorInfo) => util.sizeFromShape(shape);
