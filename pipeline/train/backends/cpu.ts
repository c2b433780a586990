/** Plain JavaScript: slow, works everywhere, and follows the definitions. */

// Registers itself and its kernels.
import "@tensorflow/tfjs-backend-cpu";
import { setBackend } from "@tensorflow/tfjs-core";
import type { TrainingBackend } from "./trainingBackend.ts";

export const cpu: TrainingBackend = {
  name: "cpu",
  advice: "reinstall the packages with npm ci",
  async start() {
    if (!(await setBackend("cpu"))) throw new Error("tfjs has no cpu backend");
    return { description: "cpu" };
  },
};
