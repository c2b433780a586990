/** Losses for multi-label classification, per movie and label, on logits. */

import * as tfc from "@tensorflow/tfjs-core";
import type { Loss, LossOptions, TargetRules } from "../targetRules.ts";

/** Maximum weight of a rare label's positives, so that one movie cannot outweigh a hundred. */
const MAX_POSITIVE_WEIGHT = 20;

/**
 * Label smoothing moves targets from 0 and 1 towards 0.5. Asymmetric: equations 4 to 6 of Ridnik et al. 2021, "Asymmetric
 * Loss For Multi-Label Classification".
 */
export const labelsLosses: TargetRules["losses"] = {
  bce: {
    about: "binary cross-entropy",
    create: (options) => smoothed(options, binaryCrossEntropy),
  },
  "weighted-bce": {
    about: "the same with rare labels weighted up",
    create: (options, prior) =>
      smoothed(options, (targets, logits) => {
        // A positive weighs as much as the label's ratio of negatives to positives.
        const perPositive = tfc.minimum(tfc.exp(tfc.neg(prior)), MAX_POSITIVE_WEIGHT);
        // y w softplus(-x) + (1 - y) softplus(x)
        return tfc.add(
          tfc.mul(tfc.mul(targets, perPositive), softplus(tfc.neg(logits))),
          tfc.mul(tfc.sub(1, targets), softplus(logits)),
        );
      }),
  },
  asymmetric: {
    about: "separate focusing for positives and negatives; negatives below a margin are ignored",
    create: (options) => smoothed(options, asymmetric(options)),
  },
};

function smoothed({ labelSmoothing }: LossOptions, bare: Loss): Loss {
  if (labelSmoothing === 0) return bare;
  return (targets, logits) =>
    bare(tfc.add(tfc.mul(targets, 1 - labelSmoothing), labelSmoothing / 2), logits);
}

function asymmetric({ focusPositive, focusNegative, margin }: LossOptions): Loss {
  const log = (x: tfc.Tensor) => tfc.log(tfc.maximum(x, SMALLEST));
  return (targets, logits) => {
    const probability = tfc.sigmoid(logits);
    const shifted = tfc.relu(tfc.sub(probability, margin));
    const positive = tfc.mul(focus(tfc.sub(1, probability), focusPositive), log(probability));
    const negative = tfc.mul(focus(shifted, focusNegative), log(tfc.sub(1, shifted)));
    return tfc.neg(tfc.add(tfc.mul(targets, positive), tfc.mul(tfc.sub(1, targets), negative)));
  };
}

/** Lower bound of a logarithm's argument, which keeps gradients finite. */
const SMALLEST = 1e-8;

/** x ** power; ones for a power of 0, whose gradient tfjs would compute as 0 * log(0) = NaN. */
function focus(x: tfc.Tensor, power: number): tfc.Tensor {
  return power === 0 ? tfc.onesLike(x) : tfc.pow(tfc.maximum(x, SMALLEST), power);
}

/** Stable form of -(y log p + (1 - y) log(1 - p)) on logits: max(x, 0) - x y + log(1 + exp(-|x|)). */
export function binaryCrossEntropy(targets: tfc.Tensor, logits: tfc.Tensor): tfc.Tensor {
  return tfc.add(
    tfc.sub(tfc.relu(logits), tfc.mul(logits, targets)),
    tfc.log1p(tfc.exp(tfc.neg(tfc.abs(logits)))),
  );
}

function softplus(x: tfc.Tensor): tfc.Tensor {
  return tfc.add(tfc.relu(x), tfc.log1p(tfc.exp(tfc.neg(tfc.abs(x)))));
}
