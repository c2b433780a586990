/** Fits the linear head of an image: the target's regression on the features of a frozen backbone. */

import { targetsOf } from "../fit/prepare.ts";
import type { ImageInput } from "../model/modelInputs.ts";
import { denseRows } from "../regression/sparseRows.ts";
import { towerInputs } from "./batches.ts";
import { type FitTower, meanLoss } from "./fitAtOnce.ts";
import { fitLinearHead } from "./linearHead.ts";

/**
 * Features are standardised. Divided by the root of their number, they make vectors of about length 1, so that the same C
 * suits encoders with few and with many features.
 */
export const fitLinearImage: FitTower<ImageInput> = async (group, movies, options) => {
  const { source, target, onStep } = options;
  const [features] = towerInputs(group.name, movies, source) as Float32Array[];
  const columns = features!.length / movies.length;
  const scale = 1 / Math.sqrt(columns);
  const head = await fitLinearHead(
    denseRows(
      features!.map((value) => value * scale),
      columns,
    ),
    movies,
    target,
    {
      c: group.main.options.inverseRegularisation,
      ...(onStep
        ? { onLabel: (done, total) => onStep({ done, total, epoch: 1, loss: Number.NaN }) }
        : {}),
    },
  );
  const weights = new Map([
    [`${group.input}_logits/kernel`, head.kernel.map((weight) => weight * scale)],
    [`${group.input}_logits/bias`, head.bias],
  ]);
  return { weights, loss: meanLoss(head.logits, targetsOf(movies), target) };
};
