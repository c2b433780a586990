/** A number of an item. */

import * as tfc from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-layers";
import { InputError } from "../../../predictor/errors.ts";
import { type Decimal, isFloat32, toNumber, withoutThousands } from "../../../predictor/values.ts";
import { fitRidge } from "../../regression/ridge.ts";
import type { TargetRules, TargetValue, ValueRange } from "../targetRules.ts";
import { numberEvaluation } from "./evaluation.ts";
import { numberTexts } from "./texts.ts";

/** Errors above this many standard deviations count linearly in the Huber loss. */
const DELTA = 1;
/** Quantile bins whose shares splits keep. */
const BINS = 10;

export const numberRules: TargetRules = {
  type: "number",

  read(cell, { column, decimal = "." }) {
    const text = cell.text();
    if (text === "") return undefined;
    const value = cell.number();
    if (value !== undefined) return { labels: [], value };
    const what = `${JSON.stringify(text)} in ${JSON.stringify(column)}, the target, is`;
    if (isTooLarge(text, decimal))
      return `${what} too large: models compute in float32, which ends at 3.4e38; correct it, or give the column in another unit.`;
    const plain = decimal === "." ? withoutThousands(text) : undefined;
    if (plain !== undefined) {
      const isEither = toNumber(text, ",") !== undefined;
      return `${what} not a number; write it without commas between thousands, as ${plain}${isEither ? ', or say "decimal": "," if numbers have a decimal comma' : ""}.`;
    }
    return `${what} not a number; use a decimal ${decimal === "," ? "comma" : "point"} and no unit, or ${decimal === "." && /\d,\d/.test(text) ? 'say "decimal": "," if numbers have a decimal comma, or ' : ""}list it under "missing".`;
  },

  outputs(items, { column = "value" }) {
    const [first] = items;
    if (first && items.every(({ value }) => value === first.value)) {
      throw new InputError(
        "target.column",
        `all items have ${first.value} in ${JSON.stringify(column)}, so there is nothing to learn; name another column`,
      );
    }
    return [column];
  },

  strata(items) {
    const sorted = Float64Array.from(items, ({ value }) => value!).sort();
    // The last value of each bin but the last one; equal values share a bin.
    const ends = Array.from({ length: BINS - 1 }, (_, bin) => {
      return sorted[Math.ceil(((bin + 1) * sorted.length) / BINS) - 1]!;
    });
    return items.map(({ value }) => [ends.filter((end) => value! > end).length]);
  },

  losses: {
    huber: {
      about: "squared errors up to one standard deviation, absolute ones beyond",
      create: () => (targets, logits) => {
        const error = tfc.abs(tfc.sub(logits, targets));
        const square = tfc.minimum(error, DELTA);
        return tfc.add(tfc.div(tfc.square(square), 2), tfc.mul(DELTA, tfc.sub(error, square)));
      },
    },
  },

  lossOptions: [],

  fit(items, outputs, target) {
    return { ...target, outputs, prior: new Float32Array(1), range: rangeOf(items) };
  },

  encode({ value }, { range }) {
    return Float32Array.of((value! - range!.mean) / range!.std);
  },

  // What towers learn has lost digits: 0 would come back as 1e-8, and a second of a date as two minutes.
  truth: ({ value }) => Float64Array.of(value!),

  activation: ({ range }) =>
    tf.layers.rescaling({ scale: range!.std, offset: range!.mean, name: "value" }),

  answers: (logits, { range }) => logits.map((logit) => range!.mean + range!.std * logit),

  differentiate(logits, targets, at, { losses, slopes, curvatures }) {
    const error = logits[0]! - targets[at]!;
    const size = Math.abs(error);
    const isSquare = size <= DELTA;
    losses[0] = isSquare ? error ** 2 / 2 : DELTA * (size - DELTA / 2);
    slopes[0] = isSquare ? error : DELTA * Math.sign(error);
    curvatures[0] = isSquare ? 1 : 0;
  },

  coupled: false,

  *regress(rows, targets, _width, c) {
    yield fitRidge(rows, targets, c);
  },

  regression: () => "a ridge regression",

  ...numberEvaluation,

  baselines: { constant: () => "mean", linear: "ridge" },

  constant: (items) => Float32Array.of(rangeOf(items).mean),

  spec({ outputs, range, bins }) {
    const { min, max } = range!;
    return { type: "number", name: outputs[0]!, min, max, ...(bins ? { bins } : {}) };
  },

  texts: numberTexts,
};

/** Whether a text is a number that float32 does not hold. */
function isTooLarge(text: string, decimal: Decimal): boolean {
  const value = toNumber(text, decimal);
  return value !== undefined && !isFloat32(value);
}

function rangeOf(items: readonly TargetValue[]): ValueRange {
  const values = items.map(({ value }) => value!);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return {
    mean,
    // Equal values of a small part of the data leave nothing to scale by.
    std: Math.sqrt(variance) || 1,
    min: values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    max: values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
  };
}
