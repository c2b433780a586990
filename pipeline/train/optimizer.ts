/** The interface of optimisers for the training loop. */

import type { NamedTensorMap } from "@tensorflow/tfjs-core";
import type { SlotState } from "./slots.ts";

export interface Optimizer {
  /** One step on every variable with a gradient, by name; does not dispose of the gradients. */
  step(gradients: NamedTensorMap, learningRate: number): void;
  /** The state that the next step depends on, besides variables and gradients, for a checkpoint. */
  getState(): Promise<SlotState>;
  /** Continues where `getState` was called, on the same variables. */
  setState(state: SlotState): Promise<void>;
  dispose(): void;
}
