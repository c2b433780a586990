/** What reports say of classes. */

import { capitalised } from "../../../predictor/nouns.ts";
import { formatScore } from "../format.ts";
import { countChart } from "../oneHot.ts";
import type { TargetTexts } from "../targetRules.ts";
import type { ClassDetail, ClassResult } from "./evaluation.ts";

/** With fewer items, the figures of a class are uncertain. */
const RARE = 20;
/** Most classes of a confusion matrix that can be read. */
const MAX_MATRIX = 40;

export const classTexts: TargetTexts = {
  output: ({ nouns: { label, labels } }) =>
    `one probability per ${label}; exactly one of the ${labels} holds, and they sum to 1`,

  subject: ({ nouns: { item, label } }) => `${capitalised(item)} ${label}`,

  metric: () =>
    "Accuracy is the share of right answers; top-3, that of answers whose three most probable ones include the right one.",

  hub: {
    task: "classification",
    metrics: ["accuracy", "f1"],
    figures: { "macro F1": "F1 (macro)", "log loss": "log loss" },
  },

  outputs: (count, { nouns: { labels } }) => `${count} ${labels}`,

  towers: ({ label, labels }) => ({
    compute: `logits per ${label}`,
    prior: `the logarithms of the ${labels}' shares`,
  }),

  use: ({ nouns: { label, items } }) => `Suggesting the ${label} of ${items}`,

  list: ({ labels }) => capitalised(labels),

  distribution: (items, outputs, { nouns }) => countChart(items, outputs, nouns),

  report(detail, { nouns: { label, labels, items }, split, fullRow }) {
    const { classes, confusion } = detail as ClassDetail;
    const shown = classes.length <= MAX_MATRIX;
    return [
      {
        title: `By ${label}`,
        ...(shown
          ? {
              chart: {
                kind: "matrix" as const,
                names: classes.map(({ name }) => name),
                counts: confusion,
                description: `Confusion matrix of the ${labels}`,
                reading:
                  `cells on the diagonal are right answers, all others mistakes; the darker a cell, the larger its share of ` +
                  `the row. A pale diagonal cell is a ${label} that is rarely found (low recall); a column that is dark in ` +
                  `many rows is a ${label} that is answered too often (low precision).`,
              },
            }
          : {}),
        caption: shown
          ? `Number of ${split} ${items} by their ${label} (rows) and the answer of “${fullRow}” (columns).`
          : `Answers of “${fullRow}”.`,
        header: [label, items, "precision", "recall", "F1"],
        rows: classes.toSorted((a, b) => b.support - a.support).map(cellsOf),
      },
    ];
  },

  card(detail, { nouns: { label, items }, fullRow }) {
    return [
      {
        title: `By ${label}`,
        caption: `By ${label} (${fullRow}):`,
        header: [label, items, "precision", "recall", "F1"],
        rows: (detail as ClassDetail).classes
          .toSorted((a, b) => b.support - a.support)
          .map(cellsOf),
      },
    ];
  },

  limits(detail, { nouns: { labels, items }, split }) {
    const rare = (detail as ClassDetail).classes.filter(({ support }) => support < RARE);
    const points = [
      `An answer is always one of the ${labels} of the data set, also where none of them fits.`,
      `Accuracy differs between ${labels}; see the table above before relying on one.`,
    ];
    if (rare.length > 0) {
      points.push(
        `${capitalised(labels)} with fewer than ${RARE} ${split} ${items}, whose figures are uncertain: ${rare.map(({ name }) => name).join(", ")}.`,
      );
    }
    return points;
  },
};

function cellsOf({ name, support, precision, recall, f1 }: ClassResult) {
  return [name, support, formatScore(precision), formatScore(recall), formatScore(f1)];
}
