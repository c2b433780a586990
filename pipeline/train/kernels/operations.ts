/**
 * Operations of our own that do in one pass what takes several of tfjs's. Backends that have a kernel of the name use it; on all
 * others, whoever calls computes the same by tfjs's operations. The table of kernels is in register.ts.
 */

import { engine, getBackend, getKernel, type Tensor } from "@tensorflow/tfjs-core";
import type { AdamWAttrs } from "./updates.ts";

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
