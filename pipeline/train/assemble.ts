/** Everything that training needs, on the whole train split or on a fold: fitted data, the model's parts and its inputs. */

import type { Random } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import { type LabelledMovie, nounsOf } from "../dataset/dataset.ts";
import type { LeftOutInput } from "../fit/columnsLeftOut.ts";
import { type FitResult, fit } from "../fit/fit.ts";
import type { ModelInputs, ModelParts } from "../model/modelInputs.ts";
import { type FeatureOptions, openBackbones } from "./backbones.ts";
import type { BatchSource } from "./inputBatches.ts";
import { inputsToLeaveOut } from "./leftOut.ts";

export interface TrainingSetup {
  readonly fitted: FitResult;
  readonly parts: ModelParts;
  readonly source: BatchSource;
  /** Inputs without information, which no tower is to be trained on. */
  readonly leftOut: readonly LeftOutInput[];
  /** Closes the cache files of poster features. */
  close(): void;
}

export interface TrainingSetupOptions extends FeatureOptions {
  readonly config: Config;
  readonly random: Random;
  /** Movies that preprocessing is fitted to, without their labels; default: the training movies. */
  readonly basis?: readonly LabelledMovie[];
}

/** @throws InputError if an option does not suit the data or the backend; Error if movies cannot be used, see `fit`. */
export async function assemble(options: TrainingSetupOptions): Promise<TrainingSetup> {
  const { config, dataset, posters, random } = options;
  const fitted = await fit({ config, dataset, posters, random, basis: options.basis });
  const { inputs: pretrained, features, raw, close } = await openBackbones(fitted, options);
  const inputs = { ...fitted.inputs, ...pretrained } as ModelInputs;
  const parts: ModelParts = { inputs, labels: dataset.labels.length, target: fitted.target };
  const source: BatchSource = { inputs, posters, features, raw };
  const leftOut = inputsToLeaveOut(fitted.training, source, nounsOf(dataset));
  return { fitted, parts, source, leftOut, close };
}
