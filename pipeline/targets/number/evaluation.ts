/** Figures of a number. */

import { formatNumber } from "../format.ts";
import type { FittedTarget, Metric, TargetRules, Truth } from "../targetRules.ts";

const metric: Metric = {
  name: "MAE",
  better: "smaller",
  perItem: (scores, truth) =>
    Float64Array.from(scores, (score, item) => Math.abs(score - truth[item]!)),
};

/** Most items in the charts. */
const SHOWN = 1000;

export interface NumberDetail extends Record<string, unknown> {
  /** True values and answers, of all items or of some that are evenly spread over the data. */
  readonly points: readonly { readonly value: number; readonly answer: number }[];
  /** Errors (answer less true value) by tenths of the true values, ascending. */
  readonly bins: readonly ErrorBin[];
}

export interface ErrorBin {
  readonly items: number;
  readonly from: number;
  readonly to: number;
  /** Mean error: above 0 where answers are too large. */
  readonly bias: number;
  readonly mae: number;
}

type Evaluation = Pick<
  TargetRules,
  "metric" | "errors" | "ranksLogits" | "columns" | "figures" | "detail" | "describe"
>;

/** The order of the columns. */
const FIGURES: Readonly<Record<string, (scores: Float32Array, truth: Truth) => number>> = {
  RMSE: (scores, truth) => Math.sqrt(meanOf(scores, (score, i) => (score - truth[i]!) ** 2)),
  "R²"(scores, truth) {
    const mean = meanOf(truth, (value) => value);
    const total = meanOf(truth, (value) => (value - mean) ** 2);
    return 1 - meanOf(scores, (score, i) => (score - truth[i]!) ** 2) / total;
  },
  Spearman: (scores, truth) => correlation(ranks(scores), ranks(truth)),
};

/** With bins: the sign of values other than 0 (as MOSI's Acc-2 and F1 have it), and the nearest whole number. */
const BINNED: typeof FIGURES = {
  "sign accuracy"(scores, truth) {
    const rows = [...scores.keys()].filter((i) => truth[i] !== 0);
    return meanOf(rows, (i) => Number(scores[i]! > 0 === truth[i]! > 0));
  },
  "rounded accuracy"(scores, truth) {
    const values = Array.from(truth);
    const least = Math.round(values.reduce((a, b) => Math.min(a, b)));
    const most = Math.round(values.reduce((a, b) => Math.max(a, b)));
    const rounded = (value: number) => Math.min(most, Math.max(least, Math.round(value)));
    return meanOf(scores, (score, i) => Number(rounded(score) === rounded(truth[i]!)));
  },
};

export const numberEvaluation: Evaluation = {
  metric,
  errors: ["MAE", "RMSE"],
  ranksLogits: false,

  columns: (target) => [Object.keys(figuresOf(target))],

  figures({ scores, truth, target }) {
    return Object.entries(figuresOf(target)).map(([name, compute]) => {
      const value = scores.length === 0 ? Number.NaN : compute(scores, truth);
      return { metric: name, value: Number.isFinite(value) ? value : null };
    });
  },

  detail({ scores, truth }): NumberDetail {
    const step = Math.max(1, scores.length / SHOWN);
    const shown = Array.from({ length: Math.floor(scores.length / step) }, (_, i) =>
      Math.floor(i * step),
    );
    return {
      points: shown.map((i) => ({ value: truth[i]!, answer: scores[i]! })),
      bins: errorBins(scores, truth),
    };
  },

  describe: ({ scores, truth }, item) => ({
    truth: formatNumber(truth[item]!),
    answer: formatNumber(scores[item]!),
  }),
};

function figuresOf({ bins }: FittedTarget): typeof FIGURES {
  return bins ? { ...FIGURES, ...BINNED } : FIGURES;
}

const ERROR_BINS = 10;

function errorBins(scores: Float32Array, truth: Truth): ErrorBin[] {
  const order = [...truth.keys()].sort((a, b) => truth[a]! - truth[b]!);
  const bins: ErrorBin[] = [];
  for (let bin = 0; bin < ERROR_BINS; bin++) {
    const rows = order.slice(
      Math.round((bin * order.length) / ERROR_BINS),
      Math.round(((bin + 1) * order.length) / ERROR_BINS),
    );
    if (rows.length === 0) continue;
    bins.push({
      items: rows.length,
      from: truth[rows[0]!]!,
      to: truth[rows.at(-1)!]!,
      bias: meanOf(rows, (i) => scores[i]! - truth[i]!),
      mae: meanOf(rows, (i) => Math.abs(scores[i]! - truth[i]!)),
    });
  }
  return bins;
}

function meanOf(values: ArrayLike<number>, pick: (value: number, i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += pick(values[i]!, i);
  return sum / values.length;
}

/** Ranks from 1; equal values share the mean of theirs. */
function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort(
    (a, b) => values[a]! - values[b]!,
  );
  const result = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let i = start; i < end; i++) result[order[i]!] = (start + end + 1) / 2;
    start = end;
  }
  return result;
}

/** Pearson's; NaN where one of the two does not vary. */
function correlation(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [meanOf(a, (value) => value), meanOf(b, (value) => value)];
  const both = meanOf(a, (value, i) => (value - meanA) * (b[i]! - meanB));
  const ofA = meanOf(a, (value) => (value - meanA) ** 2);
  const ofB = meanOf(b, (value) => (value - meanB) ** 2);
  return both / Math.sqrt(ofA * ofB);
}
