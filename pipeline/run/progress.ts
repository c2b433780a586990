/** The stages that take long, with what they say while they work. */

import { join } from "node:path";
import type { Bar, Console } from "../common/console.ts";
import type { Config } from "../config/schema.ts";
import type { Dataset, Problem } from "../dataset/dataset.ts";
import type { LoadedDataset } from "../dataset/load.ts";
import { openPosterStore, type PosterFiles, type PosterStore } from "../dataset/posterCache.ts";
import { countProblems, describeProblem, KEPT_PER_FILE, strictError } from "../dataset/problems.ts";
import { type Assembled, type AssembleOptions, assemble } from "../train/assemble.ts";
import { type Trained, type TrainTowersOptions, trainTowers } from "../train/trainTowers.ts";
import { type Verification, type VerifyOptions, verify } from "../verify/verify.ts";

/** Problems shown while running, and as many notes; the report has more. */
const PROBLEMS_SHOWN = 5;

export function reportProblems(dataset: Dataset, out: Console): void {
  const total = countProblems(dataset.problemCounts) + countProblems(dataset.noteCounts);
  showProblems(dataset.problems, total, out);
  const ratings = dataset.movies.reduce((sum, movie) => sum + movie.ratings.users.length, 0);
  out.line(
    `  ${dataset.movies.length} movies, ${dataset.labels.length} genres, ${ratings} ratings by ${dataset.users.length} users`,
  );
}

/** @throws Error in strict mode, where a poster cannot be decoded. */
export async function cachePosters(
  { dataset, root }: LoadedDataset,
  config: Config,
  out: Console,
): Promise<PosterStore> {
  const files = posterFiles({ dataset, root }, config);
  const total = files.paths.length;
  out.stage(`Reading ${total} posters`);
  const bar = out.bar("posters", total);
  const store = await openPosterStore({
    ...files,
    onProgress: (done) => bar.update(done),
    onDamaged: (reason) => bar.log(`warning: ${reason}; the posters are decoded again`),
  }).finally(() => bar.stop());
  // The sample has broken posters on purpose.
  if (config.strict && !dataset.synthetic && store.problems.length > 0) {
    store.close();
    throw strictError(store.problems, store.problems.length);
  }
  showProblems(store.problems, store.problems.length, out);
  return store;
}

/** Image files of a data set, and the pack that a configuration keeps them in. */
export function posterFiles({ dataset, root }: LoadedDataset, config: Config): PosterFiles {
  const { height, width } = config.poster;
  const name = `posters-${dataset.sha256.slice(0, 12)}-${height}x${width}.pack`;
  return {
    paths: dataset.movies.flatMap((movie) => movie.posterPath ?? []),
    spec: { height, width },
    cacheFile: join(config.cache, name),
    root,
  };
}

export async function assembleWithProgress(
  options: AssembleOptions,
  out: Console,
): Promise<Assembled> {
  let bar: Bar | undefined;
  try {
    return await assemble({
      ...options,
      onFeatures(done, total) {
        bar ??= out.bar("poster features", total);
        bar.update(done);
      },
    });
  } finally {
    bar?.stop();
  }
}

export async function trainWithProgress(
  options: TrainTowersOptions,
  out: Console,
): Promise<Trained> {
  let bar: Bar | undefined;
  let best = Number.NaN;
  const follow = (score: number) => {
    if (score > best || Number.isNaN(best)) best = score;
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
        const map = Number.isNaN(best) ? "" : `  best mAP@5 ${best.toFixed(4)}`;
        bar.update(done, `epoch ${epoch}  loss ${loss.toFixed(4)}${map}`);
      },
      onResume(tower, history) {
        for (const { validationMap5 } of history) follow(validationMap5);
        out.line(`  ${tower}: epochs done before: ${history.length}`);
      },
      async onEpoch(record, model) {
        const { tower, epoch, loss, validationMap5, seconds } = record;
        follow(validationMap5);
        const score = Number.isNaN(validationMap5)
          ? ""
          : `  validation mAP@5 ${validationMap5.toFixed(4)}`;
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

export async function verifyWithProgress(
  options: VerifyOptions,
  out: Console,
): Promise<Verification> {
  const bar = out.bar("verify", options.movies.length);
  const verification = await verify({
    ...options,
    onProgress: (done) => bar.update(done),
  }).finally(() => bar.stop());
  const differences = verification.outputs.map(
    ({ name, maxAbs }) => `${name} ${maxAbs.toExponential(1)}`,
  );
  out.line(`  largest differences: ${differences.join(", ")}`);
  return verification;
}

function showProblems(problems: readonly Problem[], total: number, out: Console): void {
  // What a data set lacks as a whole matters more than any single line.
  const whole = problems.filter(({ note, line }) => note && line === undefined);
  const lines = problems.filter((problem) => !whole.includes(problem));
  const shown = [
    ...whole,
    ...lines.filter(({ note }) => !note).slice(0, PROBLEMS_SHOWN),
    ...lines.filter(({ note }) => note).slice(0, PROBLEMS_SHOWN),
  ];
  for (const problem of shown) out.warn(describeProblem(problem));
  if (total > shown.length) {
    const limit = total > problems.length ? ` (the first ${KEPT_PER_FILE} of each file)` : "";
    out.warn(`and ${total - shown.length} more; report.html lists them${limit}`);
  }
}
