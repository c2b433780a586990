/**
 * Operations of our own that do in one pass what takes several of tfjs's. Backends that have a kernel of the name use it; on all
 * others, whoever calls computes the same by tfjs's operations. The table of kernels is in register.ts.
 */

import {
  customGrad,
  engine,
  type GradSaveFunc,
  getBackend,
  getKernel,
  type Tensor,
} from "@tensorflow/tfjs-core";
import type { NormaliseAttrs } from "./normalise.ts";
import type { AdamWAttrs } from "./updates.ts";

export const CHANNEL_MOMENTS = "ChannelMoments";
export const NORMALISE_POOL = "NormalisePool";
export const NORMALISE_POOL_GRAD = "NormalisePoolGrad";
export const ADAMW = "AdamWStep";
export const MIX = "Mix";

/** Whether the current backend has a kernel of this name. */
export function hasKernel(name: string): boolean {
  return getKernel(name, getBackend()) !== undefined;
}

/** Runs a kernel; the types of tfjs know the attributes of its own kernels only. */
function run(name: string, inputs: Readonly<Record<string, Tensor>>, attrs: object = {}): unknown {
  return engine().runKernel(name, inputs, { ...attrs });
}

/** Mean and variance per channel of x [n, h, w, c]. Gradients do not flow through them: see `normalisePool`. */
export function channelMoments(x: Tensor): [mean: Tensor, variance: Tensor] {
  return run(CHANNEL_MOMENTS, { x }) as [Tensor, Tensor];
}

/** The one step of AdamW, see `createAdamW`. @returns The new weight, mean and variance. */
export function adamWStep(
  inputs: Readonly<Record<"weight" | "gradient" | "mean" | "variance", Tensor>>,
  attrs: AdamWAttrs,
): [weight: Tensor, mean: Tensor, variance: Tensor] {
  return run(ADAMW, inputs, attrs) as [Tensor, Tensor, Tensor];
}

/** share * a + (1 - share) * b, of tensors of the same shape. */
export function mix<T extends Tensor>(a: T, b: Tensor, share: number): T {
  return run(MIX, { a, b }, { share }) as T;
}

export interface Moments {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * Maxima over windows of relu((x - mean) / sqrt(variance + epsilon) * gamma + beta), per channel.
 *
 * @param x [n, h, w, c], c a multiple of four.
 * @param moments Those of x, through which gradients flow as well; without, only beta is added.
 */
export function normalisePool(
  x: Tensor,
  { gamma, beta, moments }: { gamma?: Tensor; beta: Tensor; moments?: Moments },
  attrs: NormaliseAttrs,
): Tensor {
  const normalised = moments && gamma;
  const op = customGrad((...args) => {
    const save = args.pop() as unknown as GradSaveFunc;
    const [x, beta] = args as [Tensor, Tensor];
    const parts = normalised ? { x, beta, gamma, ...moments } : { x, beta };
    save(Object.values(parts));
    const value = run(NORMALISE_POOL, parts, attrs) as Tensor;
    const gradFunc = (dy: Tensor | Tensor[], saved: Tensor[]) => {
      const kept = Object.fromEntries(Object.keys(parts).map((name, i) => [name, saved[i]!]));
      const inputs = { ...kept, dy: dy as Tensor };
      const gradients = run(NORMALISE_POOL_GRAD, inputs, attrs) as Tensor[]; // of x, beta, gamma
      return normalised ? gradients : gradients.slice(0, 2);
    };
    return { value, gradFunc };
  });
  return normalised ? op(x, beta, gamma) : op(x, beta);
}
