/** Training steps of a tower as the pipeline trains it, for benchmarks. */

import { tensor2d, type Variable } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Random } from "../../pipeline/common/random.ts";
import type { Config } from "../../pipeline/config/schema.ts";
import { createLoss } from "../../pipeline/targets/loss.ts";
import type { FittedTarget } from "../../pipeline/targets/targetRules.ts";
import { createWeightAverage } from "../../pipeline/train/averaging.ts";
import type { TowerInputs } from "../../pipeline/train/inputBatches.ts";
import { createOptimizer, isDecayed } from "../../pipeline/train/optimizers.ts";
import { trainStep } from "../../pipeline/train/step.ts";
import type { InputName } from "../../predictor/movie.ts";

interface StepperOptions {
  readonly model: LayersModel;
  readonly tower: InputName;
  readonly config: Config;
  readonly target: FittedTarget;
  /** Draws the dropout masks. */
  readonly random: Random;
}

export interface Stepper {
  /** Updates the weights and their running average; `targets` are 0 or 1 [n, L]. */
  step(inputs: TowerInputs, targets: Float32Array): Promise<void>;
  /** Disposes of the model, too. */
  dispose(): void;
}

/** Steps at the peak learning rate: no schedule, no validation. */
export function createStepper({ model, tower, config, target, random }: StepperOptions): Stepper {
  const { learningRate, weightDecay } = config[tower];
  const priorTensor = tensor2d(target.prior, [1, target.prior.length]);
  const lossOf = createLoss(target, config.train, priorTensor);
  const optimizer = createOptimizer(
    config.train,
    variablesOf(model.trainableWeights),
    weightDecay,
    isDecayed,
  );
  const average = createWeightAverage(variablesOf(model.weights), config.train.averaging);
  return {
    async step(inputs, targets) {
      await trainStep({
        model,
        optimizer,
        lossOf,
        inputs,
        targets,
        prior: priorTensor,
        learningRate,
        random,
      });
      average.update();
    },
    dispose() {
      priorTensor.dispose();
      optimizer.dispose();
      average.dispose();
      model.dispose();
    },
  };
}

function variablesOf(weights: LayersModel["weights"]): Variable[] {
  return weights.map((weight) => weight.read() as Variable);
}
