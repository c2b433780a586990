/** Fits the linear model of who rated. */

import { hasLinear, linearWeights } from "../../model/ratingsTower.ts";
import { denseRows } from "../../regression/sparseRows.ts";
import { towerInputs } from "../../train/batches.ts";
import { type FitHead, fitLinearHead } from "../../train/linearHead.ts";
import type { RatingsInput } from "./fit.ts";

export const ratings: FitHead<RatingsInput> = async (group, { source, movies, target }) => {
  const { options: config, userVectors } = group.main;
  const { dimensions } = userVectors;
  if (!hasLinear(config)) return undefined;
  const [, , directions] = towerInputs(group.name, movies, source) as Float32Array[];
  const head = await fitLinearHead(denseRows(directions!, dimensions), movies, target, {
    c: config.inverseRegularisation,
  });
  const parts = { input: group.input, config, labels: target.prior.length };
  return linearWeights(parts, dimensions, head);
};
