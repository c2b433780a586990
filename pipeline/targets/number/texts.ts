/** What reports say of a number. */

import { capitalised } from "../../../predictor/nouns.ts";
import { formatNumber } from "../format.ts";
import type { TargetTexts } from "../targetRules.ts";
import type { ErrorBin, NumberDetail } from "./evaluation.ts";

/** Bars of the values' distribution. */
const BARS = 12;

export const numberTexts: TargetTexts = {
  output: ({ column }) => `one number, ${column}`,

  subject: ({ nouns: { items }, column }) => `${column} of ${items}`,

  metric: () =>
    "MAE is the mean absolute error, in the unit of the value: smaller is better, as for RMSE.",

  hub: {
    task: "regression",
    metrics: ["mae", "mse"],
    figures: { RMSE: "RMSE", "R²": "R²", Spearman: "Spearman" },
  },

  outputs: (_count, { column }) => column,

  towers: () => ({
    compute: "deviations from the mean, in standard deviations",
    prior: "the mean of the training values",
  }),

  use: ({ nouns: { items }, column }) => `Estimating ${column} of ${items}`,

  list: () => undefined,

  distribution(items, _outputs, { nouns: { items: things }, column }) {
    const values = items.map(({ value }) => value!);
    const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const width = (most - least) / BARS || 1;
    const counts = new Array<number>(BARS).fill(0);
    for (const value of values) {
      counts[Math.min(BARS - 1, Math.floor((value - least) / width))]!++;
    }
    const bars = counts.map((value, i) => ({
      label: `${formatNumber(least + i * width)} to ${formatNumber(least + (i + 1) * width)}`,
      value,
    }));
    const caption = `${capitalised(things)} of the train split by ${column}`;
    return {
      chart: {
        kind: "bars",
        bars,
        description: "Distribution of the target",
        axis: `${things} of the train split`,
        unit: "count",
        reading:
          `where bars are long, the model has many examples and its errors are smallest; at the ends, where they are short, ` +
          "it tends to answer values nearer to the middle. Bars far from all others are worth a look: they may be errors in the data.",
      },
      caption: `${caption}.`,
    };
  },

  report(detail, { nouns: { items }, column, split, fullRow }) {
    const { points, bins } = detail as NumberDetail;
    const table = tableOf(bins, items, column);
    return [
      {
        title: "Answers and true values",
        chart: {
          kind: "points",
          points: points.map(({ value, answer }) => ({ x: answer, y: value })),
          xAxis: "answer",
          yAxis: "true value",
          description: "True values by answers",
          line: "y = x",
          reading:
            `the nearer the points are to the dashed line, the better; above it, the answer is too small, below it, too ` +
            "large. A cloud that is flatter than the line says that the model answers too near to the mean; a level cloud " +
            "says that it has learned nothing.",
        },
        caption: `True values of ${split} ${items} by the answers of “${fullRow}”; on the line, both are equal.`,
        header: [],
        rows: [],
      },
      {
        title: "Errors",
        chart: {
          kind: "points",
          points: points.map(({ value, answer }) => ({ x: answer, y: value - answer })),
          xAxis: "answer",
          yAxis: "true value less answer",
          description: "Residuals by answers",
          line: "y = 0",
          reading:
            "points should lie around the dashed line, equally far on both sides, all along the axis. A slope or a bend is " +
            "something that the model could still learn; a cloud that widens to one side says that errors grow with the answer.",
        },
        caption: `Residuals, true value less answer, of “${fullRow}”. The table has the errors by tenths of the true values.`,
        ...table,
      },
    ];
  },

  card(detail, { nouns: { items }, column, fullRow }) {
    return [
      {
        title: "Errors",
        caption: `By tenths of the true values (${fullRow}; bias is the mean of answer less true value):`,
        ...tableOf((detail as NumberDetail).bins, items, column),
      },
    ];
  },

  limits: (_detail, { column }) => [
    `Answers tend towards the mean of ${column}: large values are answered too small and small ones too large, see the table above.`,
    "A single number does not say how sure the model is; expect errors of the size of the RMSE.",
  ],
};

function tableOf(bins: readonly ErrorBin[], items: string, column: string) {
  return {
    header: [column, items, "bias", "MAE"],
    rows: bins.map(({ from, to, items: count, bias, mae }) => [
      `${formatNumber(from)} to ${formatNumber(to)}`,
      count,
      formatNumber(bias),
      formatNumber(mae),
    ]),
  };
}
