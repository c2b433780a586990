/** Figures and calibration of classes. */

import { bestLabels, f1 } from "../../../predictor/metrics.ts";
import type { Metric, Scored, TargetRules } from "../targetRules.ts";

const metric: Metric = {
  name: "accuracy",
  better: "larger",
  max: 1,
  perItem(scores, truth, width) {
    return Float64Array.from({ length: scores.length / width }, (_, item) => {
      const [best] = bestLabels(rowOf(scores, item, width), 1);
      return Number(truth[item * width + best!] === 1);
    });
  },
};

/** Classes among which the true one counts as found. */
const TOP = 3;
/** Probabilities below are as bad as this, so that one item cannot make the log loss infinite. */
const SMALLEST = 1e-15;

export interface ClassResult {
  readonly name: string;
  /** Number of items of the class. */
  readonly support: number;
  /** Share of the items answered with the class that have it; null without any. */
  readonly precision: number | null;
  /** Share of the items of the class that are answered with it; null without any. */
  readonly recall: number | null;
  readonly f1: number;
}

export interface ClassDetail extends Record<string, unknown> {
  readonly classes: readonly ClassResult[];
  /** Number of items by their class and the answered one. */
  readonly confusion: readonly (readonly number[])[];
}

type Evaluation = Pick<
  TargetRules,
  | "metric"
  | "errors"
  | "ranksLogits"
  | "columns"
  | "figures"
  | "calibration"
  | "detail"
  | "describe"
>;

export const classEvaluation: Evaluation = {
  metric,
  errors: ["log loss"],
  ranksLogits: true,

  columns: () => [["macro F1", "top-3", "log loss"]],

  figures(scored) {
    const { scores, truth, target } = scored;
    const width = target.outputs.length;
    const items = scores.length / width;
    if (items === 0) return ["macro F1", "top-3", "log loss"].map(without);
    let found = 0;
    let loss = 0;
    for (let item = 0; item < items; item++) {
      const row = rowOf(scores, item, width);
      const own = truth.subarray(item * width, (item + 1) * width).indexOf(1);
      if (bestLabels(row, TOP).includes(own)) found++;
      loss -= Math.log(Math.max(SMALLEST, row[own]!));
    }
    const results = resultsOf(confusionOf(scored), target.outputs);
    return [
      { metric: "macro F1", value: macroF1(results) },
      { metric: "top-3", value: found / items },
      { metric: "log loss", value: loss / items },
    ];
  },

  calibration: {
    of: ({ label }) => `of the most probable ${label}`,
    *pairs({ scores, truth, target: { outputs } }) {
      const width = outputs.length;
      for (let item = 0; item < scores.length / width; item++) {
        const row = rowOf(scores, item, width);
        const [best] = bestLabels(row, 1);
        yield [row[best!]!, truth[item * width + best!] === 1];
      }
    },
  },

  detail(scored): ClassDetail {
    const confusion = confusionOf(scored);
    return { classes: resultsOf(confusion, scored.target.outputs), confusion };
  },

  describe({ scores, truth, target: { outputs } }, item) {
    const width = outputs.length;
    const row = rowOf(scores, item, width);
    const [best] = bestLabels(row, 1);
    const own = truth.subarray(item * width, (item + 1) * width).indexOf(1);
    return { truth: outputs[own]!, answer: `${outputs[best!]} ${row[best!]!.toFixed(2)}` };
  },
};

const without = (name: string) => ({ metric: name, value: null });

function rowOf(scores: Float32Array, item: number, width: number): Float32Array {
  return scores.subarray(item * width, (item + 1) * width);
}

/** Number of items by true and answered class. */
function confusionOf({ scores, truth, target: { outputs } }: Scored): number[][] {
  const width = outputs.length;
  const counts = outputs.map(() => new Array<number>(width).fill(0));
  for (let item = 0; item < scores.length / width; item++) {
    const [best] = bestLabels(rowOf(scores, item, width), 1);
    const own = truth.subarray(item * width, (item + 1) * width).indexOf(1);
    counts[own]![best!]!++;
  }
  return counts;
}

function resultsOf(confusion: readonly (readonly number[])[], names: readonly string[]) {
  return names.map((name, k): ClassResult => {
    const support = confusion[k]!.reduce((sum, count) => sum + count, 0);
    const answered = confusion.reduce((sum, row) => sum + row[k]!, 0);
    const right = confusion[k]![k]!;
    return {
      name,
      support,
      precision: answered === 0 ? null : right / answered,
      recall: support === 0 ? null : right / support,
      f1: f1(right, support + answered),
    };
  });
}

/** Mean over the classes that are there or answered, as scikit-learn's. */
function macroF1(results: readonly ClassResult[]): number {
  const counted = results.filter(({ support, precision }) => support > 0 || precision !== null);
  return counted.reduce((sum, result) => sum + result.f1, 0) / counted.length;
}
