/** What optimisers and averages remember between steps, out of their tensors and back into them. */

import { type Tensor, tensor, tidy, type Variable } from "@tensorflow/tfjs-core";

/** Arrays by name, each of the size of the variable that it belongs to. */
export type Slots = ReadonlyMap<string, Float32Array>;

export interface SlotState {
  /** Steps that were taken. */
  readonly steps: number;
  readonly slots: Slots;
}

/** "mean/0", "mean/1", ... */
export async function readSlots(name: string, tensors: readonly Tensor[]): Promise<Slots> {
  const slots = new Map<string, Float32Array>();
  for (const [i, values] of tensors.entries()) {
    slots.set(`${name}/${i}`, (await values.data<"float32">()).slice());
  }
  return slots;
}

/** @throws Error naming a slot that is missing or of another size. */
export function writeSlots(name: string, variables: readonly Variable[], slots: Slots): void {
  for (const [i, target] of variables.entries()) {
    tidy(() => target.assign(slotTensor(`${name}/${i}`, target, slots)));
  }
}

/** A slot as a tensor of the shape of `like`. */
export function slotTensor(name: string, like: Tensor, slots: Slots): Tensor {
  const values = slots.get(name);
  if (values?.length !== like.size) {
    throw new Error(
      `internal: the slot "${name}" has ${values?.length ?? "no"} values for ${like.size}`,
    );
  }
  return tensor(values, like.shape);
}
