/** Running average of the weights (Polyak and Juditsky 1992), which scores better than the last step's weights. */

import { tidy, type Variable, variable } from "@tensorflow/tfjs-core";
import { mix } from "./adamw.ts";
import { readSlots, type SlotState, writeSlots } from "./slots.ts";

export interface WeightAverage {
  /** Call after every step. */
  update(): void;
  /** Runs `f` with the weights replaced by their averages, then restores the weights, also after an error. */
  during<T>(f: () => Promise<T>): Promise<T>;
  /** The averages and the number of updates, for a checkpoint. */
  getState(): Promise<SlotState>;
  /** Continues where `getState` was called. */
  setState(state: SlotState): void;
  dispose(): void;
}

/** @param decay Weight of the past, 0..1; smaller in the first steps, so that initial weights are soon forgotten. */
export function createWeightAverage(variables: readonly Variable[], decay: number): WeightAverage {
  const averages = variables.map((weight) => tidy(() => variable(weight.clone(), false)));
  let updates = 0;

  function swap(): void {
    for (const [i, weight] of variables.entries()) {
      const copy = weight.clone();
      weight.assign(averages[i]!);
      averages[i]!.assign(copy);
      copy.dispose();
    }
  }

  return {
    update() {
      updates++;
      const share = Math.min(decay, (1 + updates) / (10 + updates));
      for (const [i, weight] of variables.entries()) {
        tidy(() => averages[i]!.assign(mix(averages[i]!, weight, share)));
      }
    },
    async during(f) {
      swap();
      try {
        return await f();
      } finally {
        swap();
      }
    },
    async getState() {
      return { steps: updates, slots: await readSlots("average", averages) };
    },
    setState({ steps, slots }) {
      updates = steps;
      writeSlots("average", averages, slots);
    },
    dispose() {
      for (const average of averages) average.dispose();
    },
  };
}
