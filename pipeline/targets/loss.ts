/** A target's loss by its name. */

import type * as tfc from "@tensorflow/tfjs-core";
import type { DeclaredTarget, Loss, LossOptions } from "./targetRules.ts";
import { rulesOf } from "./types.ts";

/**
 * @param prior [1, outputs]; owned by the caller and read in every step.
 * @throws Error if the target has no such loss.
 */
export function createLoss(target: DeclaredTarget, options: LossOptions, prior: tfc.Tensor): Loss {
  const { losses } = rulesOf(target);
  const loss = losses[options.loss];
  if (!loss) {
    throw new Error(
      `internal: no loss of a ${target.type} target is named "${options.loss}"; it has ${Object.keys(losses).join(", ")}`,
    );
  }
  return loss.create(options, prior);
}
