/** The stages that take long, with what they say while they work. */

import type { Bar, Console } from "../common/console.ts";
import type { CutTexts } from "../dataset/cutTexts.ts";
import { describeLeftOut } from "../fit/columnsLeftOut.ts";
import { cutTexts, cutWarning } from "../fit/cutTexts.ts";
import { unspacedWarnings } from "../fit/unspacedTexts.ts";
import { formatScore } from "../targets/format.ts";
import { gain } from "../targets/metric.ts";
import { rulesOf } from "../targets/types.ts";
import { assemble, type TrainingSetup, type TrainingSetupOptions } from "../train/assemble.ts";
import { type TrainedTowers, type TrainTowersOptions, trainTowers } from "../train/trainTowers.ts";
import { checkParity, type ParityOptions, type ParityReport } from "../verify/parity.ts";

export interface ReportedSetup extends TrainingSetup {
  /** How many of the training texts are longer than what the model reads. */
  readonly cutTexts: readonly CutTexts[];
}

export async function assembleWithProgress(
  options: TrainingSetupOptions,
  out: Console,
): Promise<ReportedSetup> {
  let bar: Bar | undefined;
  let shown: string | undefined;
  try {
    const setup = await assemble({
      ...options,
      onWarning: out.warn,
      onProvider: out.line,
      onFeatures(input, done, total) {
        if (input !== shown) bar?.stop();
        if (bar === undefined || input !== shown) bar = out.bar(`${input} features`, total);
        shown = input;
        bar.update(done);
      },
    });
    for (const note of setup.fitted.notes) out.warn(note);
    const cut = cutTexts(setup.fitted);
    for (const texts of cut) {
      const warning = cutWarning(texts);
      if (warning !== undefined) out.warn(warning);
    }
    for (const warning of unspacedWarnings(setup.fitted)) out.warn(warning);
    for (const input of [...setup.fitted.leftOut, ...setup.leftOut])
      out.warn(describeLeftOut(input));
    return { ...setup, cutTexts: cut };
  } finally {
    bar?.stop();
  }
}

export async function trainWithProgress(
  options: TrainTowersOptions,
  out: Console,
): Promise<TrainedTowers> {
  let bar: Bar | undefined;
  let best = Number.NaN;
  const { metric } = rulesOf(options.fitted.target);
  const follow = (score: number) => {
    if (gain(metric, score, best) > 0 || Number.isNaN(best)) best = score;
  };
  try {
    return await trainTowers({
      ...options,
      onTower() {
        bar?.stop();
        bar = undefined;
        best = Number.NaN;
      },
      onStep(tower, { done, total, epoch, loss }) {
        bar ??= out.bar(`${tower} tower`, total);
        const score = Number.isNaN(best)
          ? ""
          : `  best ${metric.name} ${formatScore(best, best, 1)}`;
        bar.update(
          done,
          `epoch ${epoch}${Number.isNaN(loss) ? "" : `  loss ${loss.toFixed(4)}`}${score}`,
        );
      },
      onResume(tower, history) {
        for (const { validation } of history) follow(validation);
        out.line(`  ${tower}: epochs done before: ${history.length}`);
      },
      async onEpoch(record, model) {
        const { tower, epoch, loss, validation, seconds } = record;
        follow(validation);
        const score = Number.isNaN(validation)
          ? ""
          : `  validation ${record.metric} ${formatScore(validation, validation, 1)}`;
        bar?.log(
          `  ${tower} epoch ${epoch}  loss ${loss.toFixed(4)}${score}  ${seconds.toFixed(1)} s`,
        );
        await options.onEpoch?.(record, model);
      },
    });
  } finally {
    bar?.stop();
  }
}

export async function checkParityWithProgress(
  options: ParityOptions,
  out: Console,
): Promise<ParityReport> {
  const bar = out.bar("parity check", options.movies.length);
  const parity = await checkParity({
    ...options,
    onProgress: (done) => bar.update(done),
  }).finally(() => bar.stop());
  out.line(`  largest differences: ${describeDifferences(parity)}`);
  return parity;
}

/** "value 6.6e+4 (at most 9.1e+5)": with what is allowed where that is the output's own. */
export function describeDifferences({ outputs }: Pick<ParityReport, "outputs">): string {
  return outputs
    .map(({ name, maxAbs, tolerance }) => {
      const allowed = tolerance === undefined ? "" : ` (at most ${tolerance.toExponential(1)})`;
      return `${name} ${maxAbs.toExponential(1)}${allowed}`;
    })
    .join(", ");
}
