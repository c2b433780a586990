/** Scores by inputs, and beside baselines: what the report and the slides show alike. */

import type { Interval } from "../evaluate/bootstrap.ts";
import type { EvaluationReport } from "../evaluate/evaluate.ts";
import { formatScore, rowLabel } from "../evaluate/table.ts";
import { rulesOf } from "../targets/types.ts";
import { type Bar, barChart } from "./charts.ts";
import { baselineGains } from "./headline.ts";
import { type Html, table } from "./markup.ts";

/** A bar for every subset of the inputs and every baseline that has a score. */
export function inputBars(evaluation: EvaluationReport): Html {
  const bars = evaluation.rows.flatMap((row) =>
    intervalBar(rowLabel(row), row.score, row.kind === "baseline"),
  );
  return scoreBars(evaluation, bars, `${evaluation.metric} by inputs given`);
}

/** Bars on an axis of the target's metric. */
export function scoreBars(
  { metric, target }: EvaluationReport,
  bars: readonly Bar[],
  description: string,
): Html {
  const { max } = rulesOf({ type: target }).metric;
  return barChart(bars, {
    ...{ axis: metric, format: formatScore, description },
    ...(max === undefined ? {} : { max }),
  });
}

/** No bar where there is no score. */
export function intervalBar(label: string, interval: Interval | null, muted = false): Bar[] {
  return interval === null ? [] : [{ label, value: interval.mean, interval, muted }];
}

/** Each baseline beside the model with the same inputs, or with all where it has none. */
export function baselineTable(evaluation: EvaluationReport): Html {
  const { metric } = evaluation;
  return table(
    ["baseline", `its ${metric}`, "the model from", metric, "gain"],
    baselineGains(evaluation).map(({ baseline, reference, inputs, model, gain }) => [
      baseline,
      formatScore(reference),
      inputs,
      formatScore(model),
      `${gain >= 0 ? "+" : "−"}${formatScore(Math.abs(gain), reference)}`,
    ]),
    [false, true, false, true, true],
  );
}
