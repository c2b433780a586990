/** The learning curve of a configuration, as a run's report shows it; the test split is not looked at. */

import { crossValidate } from "../../pipeline/jobs/crossValidate.ts";
import { withTrial } from "./trial.ts";

/** Shares of the items of a fold's other folds; the last point has all of them. */
const SHARES = [1 / 16, 1 / 8, 1 / 4, 1 / 2];

/** @param file A config file of the pipeline, with folds. */
export function measureLearning(file: string) {
  return withTrial(file, async ({ trial, runner, prepared, config }) => {
    const { learning } = await crossValidate(trial, runner, () => {}, { prepared, shares: SHARES });
    return { config, ...learning };
  });
}
