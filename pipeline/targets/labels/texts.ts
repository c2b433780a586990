/** What reports say of labels. */

import { capitalised, withArticle } from "../../../predictor/nouns.ts";
import type { Block } from "../blocks.ts";
import { formatScore } from "../format.ts";
import { countChart } from "../oneHot.ts";
import type { Detail, TargetTexts } from "../targetRules.ts";
import type { Confusion, LabelResult, LabelsDetail } from "./evaluation.ts";

/** With fewer items, the figures of a label are uncertain. */
const RARE = 20;

export const labelsTexts: TargetTexts = {
  output: ({ nouns: { label, labels } }) =>
    `one probability per ${label}; ${labels} do not exclude each other`,

  subject: ({ nouns: { item, labels } }) => `${capitalised(item)} ${labels}`,

  metric: ({ nouns: { item, items, label, labels } }) =>
    `AP@K sums the precision at each hit among the first K ${labels} and divides by min(number of ${labels}, K). LRAP, label ranking average precision, is the mean over ${withArticle(item)}'s ${labels} of the share of right ones among the ${labels} ranked as high or higher. “No verdict” is the share of ${items} of which no ${label} reaches its threshold, so that the likeliest is given as a guess; “likeliest missing”, the share whose likeliest ${label} does not belong to the answer.`,

  hub: {
    task: "multi-label-classification",
    metrics: ["f1"],
    figures: { LRAP: "LRAP", "F1 micro": "F1 (micro)", "F1 macro": "F1 (macro)" },
  },

  outputs: (count, { nouns: { labels } }) => `${count} ${labels}`,

  towers: ({ label, labels }) => ({
    compute: `logits per ${label}`,
    prior: `the ${labels}' prior logits`,
  }),

  use: ({ nouns: { labels, items } }) => `Suggesting ${labels} of ${items}`,

  list: ({ labels }) => capitalised(labels),

  distribution(items, outputs, { nouns }) {
    const { chart, caption } = countChart(items, outputs, nouns);
    const { item, labels } = nouns;
    return {
      chart,
      caption: `${caption} ${capitalised(withArticle(item))} counts in each of its ${labels}.`,
    };
  },

  report(detail, { nouns: { label, items }, split, fullRow }) {
    const results = resultsOf(detail);
    const bars = results
      .toSorted((a, b) => (b.averagePrecision ?? -1) - (a.averagePrecision ?? -1))
      .flatMap(({ label: name, support, averagePrecision: value }) =>
        value === null ? [] : [{ label: `${name} (${support})`, value }],
      );
    return [
      {
        title: `By ${label}`,
        chart: {
          kind: "bars",
          bars,
          description: `Average precision by ${label}`,
          axis: "average precision",
          unit: "score",
          reading:
            `a bar at 1 says that all ${items} with the ${label} are ranked above all ${items} without it; a model that knows ` +
            `nothing scores the share of ${items} that have the ${label}. A bar is therefore to be compared with that share, ` +
            `not with other bars; one of fewer than ${RARE} ${items} may be long or short by chance alone.`,
        },
        caption: `Area under the precision-recall curve of “${fullRow}”, with the number of ${split} ${items} of the ${label} in brackets.`,
        header: [label, items, "average precision", "F1", "threshold"],
        rows: results.map(cellsOf),
      },
      ...confusions(detail as LabelsDetail, { label, items, fullRow }),
    ];
  },

  card(detail, { nouns: { label, items }, fullRow }) {
    return [
      {
        title: `By ${label}`,
        caption: `By ${label} (${fullRow}; AP is the area under the precision-recall curve):`,
        header: [label, items, "AP", "F1", "threshold"],
        rows: resultsOf(detail)
          .toSorted((a, b) => b.support - a.support)
          .map(cellsOf),
      },
    ];
  },

  limits(detail, { nouns: { labels, items }, split }) {
    const rare = resultsOf(detail).filter(({ support }) => support < RARE);
    const points = [
      `${capitalised(labels)} are those of the data set; they are neither complete nor universally agreed on.`,
      `Accuracy differs widely between ${labels}; see the table above before relying on one.`,
    ];
    if (rare.length > 0) {
      points.push(
        `${capitalised(labels)} with fewer than ${RARE} ${split} ${items}, whose figures are uncertain: ${rare.map(({ label }) => label).join(", ")}.`,
      );
    }
    return points;
  },
};

/** Most labels of a matrix that can be read, and most pairs in the table. */
const MAX_MATRIX = 40;
const MAX_PAIRS = 10;

/** Which labels are answered in the place of which; nothing where no answer has both a wrong label and lacks one. */
function confusions(
  { labels, confusions: pairs }: LabelsDetail,
  { label, items, fullRow }: { label: string; items: string; fullRow: string },
): Block[] {
  if (pairs.length === 0) return [];
  const names = labels.map((result) => result.label);
  const isShown = names.length <= MAX_MATRIX;
  const how = `Number of ${items} whose answer from “${fullRow}” lacks one ${label} and has a wrong one. An item with several of either counts in each pair.`;
  return [
    {
      title: "Confusions",
      ...(isShown
        ? {
            chart: {
              kind: "matrix" as const,
              names,
              counts: matrixOf(names, pairs),
              description: "Labels answered in the place of others",
              reading:
                `the darkest cell of a row is what the model answers most often where the row's ${label} is missing. Two dark ` +
                `cells that mirror each other across the diagonal are a pair that the inputs hardly tell apart; a dark ` +
                `column is a ${label} that the model falls back on where it is unsure.`,
            },
          }
        : {}),
      caption: isShown
        ? `${how} Rows are what is missing, columns what is answered instead, darker where a row has more. The table has the most frequent pairs.`
        : `${how} These are the most frequent pairs.`,
      header: [`missing ${label}`, `answered ${label}`, items],
      rows: pairs
        .slice(0, MAX_PAIRS)
        .map(({ missed, answered, items: count }) => [missed, answered, count]),
    },
  ];
}

/** Counts by what is missing (row) and what is answered (column). */
function matrixOf(names: readonly string[], pairs: readonly Confusion[]): number[][] {
  const counts = names.map(() => new Array<number>(names.length).fill(0));
  for (const { missed, answered, items } of pairs) {
    counts[names.indexOf(missed)]![names.indexOf(answered)] = items;
  }
  return counts;
}

function resultsOf(detail: Detail): readonly LabelResult[] {
  return (detail as LabelsDetail).labels;
}

function cellsOf({ label, support, averagePrecision, f1, threshold }: LabelResult) {
  return [label, support, formatScore(averagePrecision), formatScore(f1), formatScore(threshold)];
}
