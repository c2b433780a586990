/** Classes: exactly one of them belongs to an item. */

import * as tfc from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-layers";
import { InputError } from "../../../predictor/errors.ts";
import { fitMultinomial } from "../../regression/multinomial.ts";
import { countOf, labelRows, oneHot, shareOf } from "../oneHot.ts";
import type { Loss, LossOptions, TargetRules, Targets } from "../targetRules.ts";
import { classEvaluation } from "./evaluation.ts";
import { classTexts } from "./texts.ts";

/** Shares are clamped to at least this, where a logarithm would be infinite. */
const MIN_SHARE = 1e-3;
/** Most and least weight of a class, so that one item cannot outweigh a hundred. */
const MAX_WEIGHT = 20;

export const classRules: TargetRules = {
  type: "class",

  read(cell) {
    const name = cell.text();
    return name === "" ? undefined : (cell.lostDigits() ?? { labels: [name] });
  },

  outputs(items, { column = "the column" }) {
    const classes = [...new Set(items.flatMap(({ labels }) => labels))];
    const where = JSON.stringify(column);
    if (classes.length === 1) {
      throw new InputError(
        "target.column",
        `all items have ${JSON.stringify(classes[0])} in ${where} and nothing else, so there is nothing to learn; name another column`,
      );
    }
    if (classes.length > 0 && countOf(items, classes).every((count) => count === 1)) {
      throw new InputError(
        "target.column",
        `each of the ${classes.length} classes in ${where} has only one item, so none can be learned; name another column, or add items of the same classes`,
      );
    }
    return classes;
  },

  strata: labelRows,

  losses: {
    "cross-entropy": {
      about: "of the classes' probabilities",
      create: (options) => (targets, logits) => crossEntropy(options, targets, logits),
    },
    weighted: {
      about: "the same with rare classes weighted up",
      create: (options, prior) => weighted(options, prior),
    },
  },

  lossOptions: ["labelSmoothing"],

  fit(items, outputs, target) {
    const prior = shareOf(items, outputs).map((share) => Math.log(Math.max(MIN_SHARE, share)));
    return { ...target, outputs, prior: Float32Array.from(prior) };
  },

  encode: (item, { outputs }) => oneHot(item, outputs),

  truth: (item, { outputs }) => oneHot(item, outputs),

  activation: () => tf.layers.softmax({ name: "probabilities" }),

  answers(logits, { outputs }) {
    const probabilities = new Float32Array(logits.length);
    for (let at = 0; at < logits.length; at += outputs.length) {
      const row = logits.subarray(at, at + outputs.length);
      const log = logSum(row);
      probabilities.set(
        row.map((logit) => Math.exp(logit - log)),
        at,
      );
    }
    return probabilities;
  },

  differentiate(logits, targets, at, { losses, slopes, curvatures, coupling }) {
    const log = logSum(logits);
    for (const [k, logit] of logits.entries()) {
      const target = targets[at + k]!;
      const probability = Math.exp(logit - log);
      losses[k] = target * (log - logit);
      slopes[k] = probability - target;
      curvatures[k] = probability;
      coupling[k] = probability;
    }
  },

  coupled: true,

  *regress(rows, targets, width, c) {
    yield* fitMultinomial(rows, classesOf(targets, width), width, c);
  },

  regression: ({ labels }) => `a multinomial logistic regression of the ${labels}`,

  ...classEvaluation,

  baselines: {
    constant: ({ label }) => `most frequent ${label === "label" ? "class" : label}`,
    linear: "multinomial logistic",
  },

  constant: (items, outputs) => Float32Array.from(shareOf(items, outputs)),

  spec: ({ outputs }) => ({ type: "class", classes: [...outputs] }),

  texts: classTexts,
};

/** ln of the sum of exp. */
function logSum(logits: ArrayLike<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logits.length; k++) most = Math.max(most, logits[k]!);
  let sum = 0;
  for (let k = 0; k < logits.length; k++) sum += Math.exp(logits[k]! - most);
  return most + Math.log(sum);
}

/** Index of each row's class. */
function classesOf(targets: Targets, width: number): Uint32Array {
  return Uint32Array.from({ length: targets.length / width }, (_, row) =>
    targets.subarray(row * width, (row + 1) * width).indexOf(1),
  );
}

/** [n, 1] Label smoothing gives a share of each target to all classes alike. */
function crossEntropy(
  { labelSmoothing }: LossOptions,
  targets: tfc.Tensor,
  logits: tfc.Tensor,
): tfc.Tensor {
  const classes = logits.shape.at(-1)!;
  const wanted =
    labelSmoothing === 0
      ? targets
      : tfc.add(tfc.mul(targets, 1 - labelSmoothing), labelSmoothing / classes);
  return tfc.neg(tfc.sum(tfc.mul(wanted, tfc.logSoftmax(logits)), -1, true));
}

/** A class weighs in inverse proportion to its share, 1 where all are equally frequent. */
function weighted(options: LossOptions, prior: tfc.Tensor): Loss {
  return (targets, logits) => {
    const classes = logits.shape.at(-1)!;
    const weights = tfc.minimum(tfc.div(tfc.exp(tfc.neg(prior)), classes), MAX_WEIGHT);
    const ofItem = tfc.sum(tfc.mul(targets, weights), -1, true);
    return tfc.mul(crossEntropy(options, targets, logits), ofItem);
  };
}
