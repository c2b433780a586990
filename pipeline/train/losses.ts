/** Losses for multi-label classification, per movie and label, on logits. */

import * as tfc from "@tensorflow/tfjs-core";
import type { Config } from "../config/schema.ts";

/** targets [n, L] in 0..1, logits [n, L] -> loss [n, L] */
export type Loss = (targets: tfc.Tensor, logits: tfc.Tensor) => tfc.Tensor;

/** Maximum weight of a rare label's positives, so that one movie cannot outweigh a hundred. */
const MAX_POSITIVE_WEIGHT = 20;

/**
 * - `bce`: binary cross-entropy
 * - `weighted-bce`: the same, with positives weighted by the label's ratio of negatives to positives
 * - `asymmetric`: different focusing for positives and negatives, and no loss for negatives below a margin (Ridnik et al.
 *   2021, "Asymmetric Loss For Multi-Label Classification", equations 4 to 6)
 *
 * Label smoothing moves targets from 0 and 1 towards 0.5.
 *
 * @param prior Logits of the labels' shares [1, L]; owned by the caller and read in every step.
 */
export function createLoss(config: Config["train"], prior: tfc.Tensor): Loss {
  const { labelSmoothing } = config;
  const bare = LOSSES[config.loss](config, prior);
  if (labelSmoothing === 0) return bare;
  return (targets, logits) =>
    bare(tfc.add(tfc.mul(targets, 1 - labelSmoothing), labelSmoothing / 2), logits);
}

const LOSSES: Readonly<
  Record<Config["train"]["loss"], (config: Config["train"], prior: tfc.Tensor) => Loss>
> = {
  bce: () => binaryCrossEntropy,
  "weighted-bce": (_, prior) => (targets, logits) => {
    const perPositive = tfc.minimum(tfc.exp(tfc.neg(prior)), MAX_POSITIVE_WEIGHT);
    // y w softplus(-x) + (1 - y) softplus(x)
    return tfc.add(
      tfc.mul(tfc.mul(targets, perPositive), softplus(tfc.neg(logits))),
      tfc.mul(tfc.sub(1, targets), softplus(logits)),
    );
  },
  asymmetric: ({ focusPositive, focusNegative, margin }) => {
    const log = (x: tfc.Tensor) => tfc.log(tfc.maximum(x, SMALLEST));
    return (targets, logits) => {
      const probability = tfc.sigmoid(logits);
      const shifted = tfc.relu(tfc.sub(probability, margin));
      const positive = tfc.mul(focus(tfc.sub(1, probability), focusPositive), log(probability));
      const negative = tfc.mul(focus(shifted, focusNegative), log(tfc.sub(1, shifted)));
      return tfc.neg(tfc.add(tfc.mul(targets, positive), tfc.mul(tfc.sub(1, targets), negative)));
    };
  },
};

/** Lower bound of a logarithm's argument, which keeps gradients finite. */
const SMALLEST = 1e-8;

/** x ** power; ones for a power of 0, whose gradient tfjs would compute as 0 * log(0) = NaN. */
function focus(x: tfc.Tensor, power: number): tfc.Tensor {
  return power === 0 ? tfc.onesLike(x) : tfc.pow(tfc.maximum(x, SMALLEST), power);
}

/** Stable form of -(y log p + (1 - y) log(1 - p)) on logits: max(x, 0) - x y + log(1 + exp(-|x|)). */
function binaryCrossEntropy(targets: tfc.Tensor, logits: tfc.Tensor): tfc.Tensor {
  return tfc.add(
    tfc.sub(tfc.relu(logits), tfc.mul(logits, targets)),
    tfc.log1p(tfc.exp(tfc.neg(tfc.abs(logits)))),
  );
}

function softplus(x: tfc.Tensor): tfc.Tensor {
  return tfc.add(tfc.relu(x), tfc.log1p(tfc.exp(tfc.neg(tfc.abs(x)))));
}
