/** The state that optimisers and averages keep between steps: read from tensors and written back. */

import { type Tensor, tensor, tidy, type Variable } from "@tensorflow/tfjs-core";

/** Arrays by name, each as large as the variable it belongs to. */
export type Slots = ReadonlyMap<string, Float32Array>;

export interface SlotState {
  /** Number of steps done. */
  readonly steps: number;
  readonly slots: Slots;
}

/** Reads tensors to slots "mean/0", "mean/1", ... for the name "mean". */
export async function readSlots(name: string, tensors: readonly Tensor[]): Promise<Slots> {
  const slots = new Map<string, Float32Array>();
  for (const [i, values] of tensors.entries()) {
    slots.set(`${name}/${i}`, (await values.data<"float32">()).slice());
  }
  return slots;
}

/** Writes slots to variables. @throws Error naming a slot that is missing or of another size. */
export function writeSlots(name: string, variables: readonly Variable[], slots: Slots): void {
  for (const [i, target] of variables.entries()) {
    tidy(() => target.assign(slotTensor(`${name}/${i}`, target, slots)));
  }
}

/** A slot as a tensor with the shape of `like`. */
export function slotTensor(name: string, like: Tensor, slots: Slots): Tensor {
  const values = slots.get(name);
  if (values?.length !== like.size) {
    throw new Error(
      `internal: expected ${like.size} values in the slot "${name}", got ${values?.length ?? "none"}`,
    );
  }
  return tensor(values, like.shape);
}
