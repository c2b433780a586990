/** Labels: any number of them belong to an item. */

import * as tf from "@tensorflow/tfjs-layers";
import { InputError } from "../../../predictor/errors.ts";
import { columnOf } from "../../../predictor/metrics.ts";
import { fitCalibrated } from "../../regression/calibration.ts";
import { fitLogistic, sigmoid } from "../../regression/logistic.ts";
import { fitSvm } from "../../regression/svm.ts";
import { labelRows, oneHot, shareOf } from "../oneHot.ts";
import type { TargetRules } from "../targetRules.ts";
import { labelsEvaluation } from "./evaluation.ts";
import { labelsLosses } from "./losses.ts";
import { labelsTexts } from "./texts.ts";

/** Shares are clamped to at least this distance from 0 and 1, where a logit would be infinite. */
const MIN_SHARE = 1e-3;

function* labelsOf(targets: Uint8Array, width: number): Generator<Uint8Array> {
  for (let label = 0; label < width; label++) yield columnOf(targets, label, width) as Uint8Array;
}

export const labelsRules: TargetRules = {
  type: "labels",

  read(cell, { separator }) {
    const labels = cell.list(separator);
    return labels.length === 0 ? undefined : (cell.lostDigits() ?? { labels });
  },

  outputs(items) {
    const labels = [...new Set(items.flatMap((item) => item.labels))];
    if (items.every((item) => new Set(item.labels).size === labels.length)) {
      const shown = labels.map((label) => JSON.stringify(label)).join(", ");
      throw new InputError(
        "target.column",
        `all items have the ${labels.length === 1 ? "label" : "labels"} ${shown} and no others, so there is nothing to learn; name another column, or say what is between labels with "separator"`,
      );
    }
    return labels;
  },

  strata: labelRows,

  losses: labelsLosses,

  lossOptions: ["focusPositive", "focusNegative", "margin", "labelSmoothing"],

  fit(items, outputs, target) {
    const prior = shareOf(items, outputs).map((of) => {
      const share = Math.min(1 - MIN_SHARE, Math.max(MIN_SHARE, of));
      return Math.log(share / (1 - share));
    });
    return { ...target, outputs, prior: Float32Array.from(prior) };
  },

  encode: (item, { outputs }) => oneHot(item, outputs),

  truth: (item, { outputs }) => oneHot(item, outputs),

  activation: () => tf.layers.activation({ activation: "sigmoid", name: "probabilities" }),

  answers: (logits) => logits.map(sigmoid),

  differentiate(logits, targets, at, { losses, slopes, curvatures }) {
    for (let label = 0; label < logits.length; label++) {
      const logit = logits[label]!;
      const target = targets[at + label]!;
      const odds = Math.exp(-Math.abs(logit));
      const probability = (logit < 0 ? odds : 1) / (1 + odds);
      losses[label] = Math.max(logit, 0) - logit * target + Math.log1p(odds);
      slopes[label] = probability - target;
      curvatures[label] = probability * (1 - probability);
    }
  },

  coupled: false,

  *regress(rows, targets, width, c) {
    for (let label = 0; label < width; label++) {
      yield fitLogistic(rows, columnOf(targets, label, width) as Uint8Array, c);
    }
  },

  margins: {
    regress: (rows, targets, width, { c, folds }) =>
      fitCalibrated(
        (some, truth) => fitSvm(some, truth, c),
        rows,
        labelsOf(targets as Uint8Array, width),
        folds,
      ),
    about: ({ label }) =>
      `one linear support vector machine per ${label}, with calibrated margins,`,
  },

  regression: ({ label }) => `one logistic regression per ${label}`,

  ...labelsEvaluation,

  baselines: { constant: ({ label }) => `${label} frequency`, linear: "logistic" },

  constant: (items, outputs) => Float32Array.from(shareOf(items, outputs)),

  spec: ({ outputs }, thresholds) => ({
    type: "labels",
    labels: [...outputs],
    thresholds: structuredClone(thresholds) ?? {
      perLabel: outputs.map(() => 0.5),
      subsets: [],
    },
  }),

  texts: labelsTexts,
};
