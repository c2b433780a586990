/** What the training loop asks of every optimiser. */

import type { NamedTensorMap } from "@tensorflow/tfjs-core";
import type { SlotState } from "./slots.ts";

export interface Optimizer {
  /** One step on every variable that has a gradient, by the variables' names; disposes nothing it was given. */
  step(gradients: NamedTensorMap, learningRate: number): void;
  /** Everything that the next step depends on besides variables and gradients, for a checkpoint. */
  getState(): Promise<SlotState>;
  /** Goes on where `getState` was called, on the same variables. */
  setState(state: SlotState): Promise<void>;
  dispose(): void;
}
