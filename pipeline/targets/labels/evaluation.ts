/** Figures, thresholds and calibration of labels. */

import {
  averagePrecision,
  bestLabels,
  columnOf,
  type F1Scores,
  f1Scores,
  labelRankingAveragePrecision,
  meanOfKnown,
  perItemAveragePrecision,
} from "../../../predictor/metrics.ts";
import { decide, thresholdsFor } from "../../../predictor/targets/decide.ts";
import { bestThreshold, tuneThresholds } from "../../../predictor/thresholds.ts";
import { selectRows } from "../../common/matrix.ts";
import type { Decisions, Figure, Metric, Scored, TargetRules } from "../targetRules.ts";

/** K of mAP@K; values above the number of labels are reduced to it, which does not change the metric. */
const KS = [1, 3, 5, 10, 18];
const F1 = ["F1 micro", "F1 macro", "F1 samples"];
/** Shares of the items: no label reaches its threshold; the most probable one does not belong to the answer. */
const VERDICTS = ["no verdict", "likeliest missing"];
/** With fewer items that have exactly some inputs, their threshold would be noise. */
const MIN_ITEMS = 20;

/** The course's K. */
const metric: Metric = {
  name: "mAP@5",
  better: "larger",
  max: 1,
  perItem: (scores, truth, width) => perItemAveragePrecision(scores, truth as Uint8Array, width, 5),
};

/** What is shown of one label. */
export interface LabelResult {
  readonly label: string;
  /** Number of items with the label. */
  readonly support: number;
  /** Area under the precision-recall curve; null without support. */
  readonly averagePrecision: number | null;
  readonly f1: number;
  /** That of items with all inputs. */
  readonly threshold: number;
}

export interface LabelsDetail extends Record<string, unknown> {
  readonly labels: readonly LabelResult[];
  /** The most frequent first. */
  readonly confusions: readonly Confusion[];
}

/** Number of items whose answer lacks one label and has another, wrong one. */
export interface Confusion {
  readonly missed: string;
  readonly answered: string;
  readonly items: number;
}

type Evaluation = Pick<
  TargetRules,
  | "metric"
  | "errors"
  | "ranksLogits"
  | "columns"
  | "figures"
  | "tune"
  | "calibration"
  | "detail"
  | "describe"
>;

export const labelsEvaluation: Evaluation = {
  metric,
  errors: VERDICTS,
  ranksLogits: true,

  columns: ({ outputs }) => [
    [...ksOf(outputs.length).map((k) => `mAP@${k}`), "LRAP"],
    F1,
    VERDICTS,
  ],

  figures({ scores, truth, target: { outputs } }, decisions) {
    const targets = truth as Uint8Array;
    const width = outputs.length;
    const figures: Figure[] = ksOf(width).map((k) => ({
      metric: `mAP@${k}`,
      value: orNull(meanOfKnown(perItemAveragePrecision(scores, targets, width, k))),
    }));
    figures.push({
      metric: "LRAP",
      value: orNull(labelRankingAveragePrecision(scores, targets, width)),
    });
    const values =
      decisions && truth.length > 0
        ? [
            ...averagesOf(f1Scores(decidedOf(scores, width, decisions), targets, width)),
            ...verdictShares(verdictsOf(scores, width, decisions)),
          ]
        : [];
    return [
      ...figures,
      ...[...F1, ...VERDICTS].map((name, i) => ({ metric: name, value: values[i] ?? null })),
    ];
  },

  tune(shown, truth, { outputs }) {
    const targets = truth as Uint8Array;
    const width = outputs.length;
    const [whole, ...parts] = shown;
    const perLabel = tuneThresholds(whole!.scores, targets, width);
    const subsets = parts.flatMap(({ scores, present, groups }) => {
      const rows = [...present.keys()].filter((row) => present[row]!.length === groups.length);
      if (rows.length < MIN_ITEMS) return [];
      const ownScores = selectRows(scores, rows, width);
      const ownTargets = selectRows(targets, rows, width);
      const threshold = bestThreshold(ownScores, ownTargets);
      if (threshold === undefined) return [];
      const own = { groups: [...groups], threshold };
      // Where the probabilities are as sure as with all inputs, every label's own threshold says more.
      const microF1 = (those: readonly (typeof own)[]) => {
        const decided = decidedOf(ownScores, width, {
          thresholds: { perLabel, subsets: [...those] },
          present: rows.map((row) => present[row]!),
        });
        return f1Scores(decided, ownTargets, width).micro;
      };
      return microF1([own]) > microF1([]) ? [own] : [];
    });
    return { perLabel, subsets };
  },

  calibration: {
    of: ({ label, labels }) => `over the probabilities of all ${labels}, each ${label} by itself`,
    *pairs({ scores, truth }) {
      for (let i = 0; i < scores.length; i++) yield [scores[i]!, truth[i] === 1];
    },
  },

  detail({ scores, truth, target: { outputs } }, decisions): LabelsDetail {
    const targets = truth as Uint8Array;
    const width = outputs.length;
    const areas = averagePrecision(scores, targets, width);
    const { perLabel } = f1Scores(decidedOf(scores, width, decisions), targets, width);
    return {
      confusions: confusionsOf(scores, targets, outputs, decisions),
      labels: outputs.map((label, l) => ({
        label,
        support: supportOf(targets, l, width),
        averagePrecision: orNull(areas[l]!),
        f1: perLabel[l]!,
        threshold: decisions.thresholds!.perLabel[l]!,
      })),
    };
  },

  describe(scored, item, decisions) {
    const { truth, target } = scored;
    const width = target.outputs.length;
    const own = target.outputs.filter((_, label) => truth[item * width + label] === 1);
    return { truth: own.join(", "), answer: answerOf(scored, item, decisions) };
  },
};

/** "Drama 0.81, War 0.40", the most probable first. */
function answerOf(
  { scores, target: { outputs } }: Scored,
  item: number,
  { thresholds, present }: Decisions,
): string {
  const row = scores.subarray(item * outputs.length, (item + 1) * outputs.length);
  const selected = decide(row, thresholds!, present[item]!);
  return bestLabels(row, outputs.length)
    .filter((label) => selected[label])
    .map((label) => `${outputs[label]} ${row[label]!.toFixed(2)}`)
    .join(", ");
}

function ksOf(labels: number): number[] {
  return [...new Set(KS.map((k) => Math.min(k, labels)))];
}

/** Null for NaN, which JSON does not have. */
function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

/** In the order of `F1`. */
const averagesOf = ({ micro, macro, samples }: F1Scores) => [micro, macro, samples];

interface Verdict {
  /** Probabilities [L]. */
  readonly row: ArrayLike<number>;
  /** Whether each label reaches its threshold, and whether it belongs to the answer [L]. */
  readonly reached: readonly boolean[];
  readonly selected: readonly boolean[];
}

/** The shares of `VERDICTS`, of at least one item. */
export function verdictShares(verdicts: readonly Verdict[]): number[] {
  const share = (has: (verdict: Verdict) => boolean) =>
    verdicts.filter(has).length / verdicts.length;
  return [
    share(({ reached }) => !reached.includes(true)),
    share(({ row, selected }) => !selected[bestLabels(row, 1)[0]!]),
  ];
}

function verdictsOf(
  scores: Float32Array,
  width: number,
  { thresholds, present }: Decisions,
): Verdict[] {
  return present.map((groups, item) => {
    const row = scores.subarray(item * width, (item + 1) * width);
    const own = thresholdsFor(thresholds!, groups);
    return {
      row,
      reached: Array.from(row, (probability, label) => probability >= own[label]!),
      selected: decide(row, thresholds!, groups),
    };
  });
}

/** The labels that users get [N, L], 1 or 0. */
function decidedOf(
  scores: Float32Array,
  width: number,
  { thresholds, present }: Decisions,
): Uint8Array {
  const decided = new Uint8Array(scores.length);
  for (const [item, groups] of present.entries()) {
    const row = scores.subarray(item * width, (item + 1) * width);
    decided.set(decide(row, thresholds!, groups).map(Number), item * width);
  }
  return decided;
}

/** Number of items that have the label. */
function supportOf(targets: Uint8Array, label: number, width: number): number {
  return columnOf(targets, label, width).reduce((sum, value) => sum + value, 0);
}

/** Pairs that occur: of thousands of labels, a matrix would have millions of zeros. */
function confusionsOf(
  scores: Float32Array,
  targets: Uint8Array,
  labels: readonly string[],
  { thresholds, present }: Decisions,
): Confusion[] {
  const width = labels.length;
  const counts = new Map<number, number>();
  for (const [item, groups] of present.entries()) {
    const at = item * width;
    const selected = decide(scores.subarray(at, at + width), thresholds!, groups);
    const wrong = selected.flatMap((is, label) => (is && !targets[at + label] ? [label] : []));
    if (wrong.length === 0) continue;
    for (let missed = 0; missed < width; missed++) {
      if (!targets[at + missed] || selected[missed]) continue;
      for (const answered of wrong) {
        const pair = missed * width + answered;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
  }
  return [...counts]
    .sort(([a, x], [b, y]) => y - x || a - b)
    .map(([pair, items]) => ({
      missed: labels[Math.floor(pair / width)]!,
      answered: labels[pair % width]!,
      items,
    }));
}
