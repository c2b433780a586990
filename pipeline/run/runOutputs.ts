/** What a run keeps while it trains: checkpoints to go on from, and logs to watch. */

import { basename, join, resolve } from "node:path";
import { type Checkpoints, openCheckpoints } from "../checkpoint/checkpoints.ts";
import { type RunFolder, WHOLE } from "../checkpoint/runFolder.ts";
import { createRandom } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import type { LoadedDataset } from "../dataset/load.ts";
import type { FoldKeep } from "../folds/trainFold.ts";
import type { StageLog } from "../logging/stages.ts";
import { openTrainingLog, type TrainingLog } from "../logging/trainingLog.ts";
import type { Assembled } from "../train/assemble.ts";

export interface KeptRun {
  readonly config: Config;
  readonly loaded: LoadedDataset;
  /** As reports name it. */
  readonly backend: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Absolute path of the bundle. */
  readonly path: string;
  readonly folder: RunFolder;
}

export interface Kept {
  /** Of the training on the whole train split. */
  readonly checkpoints: Checkpoints;
  readonly watch: TrainingLog | undefined;
  /** The same of a fold, from 0. */
  readonly keepOf: (fold: number) => FoldKeep;
}

/** A folder per run: a run that is begun again does not write over the logs of the one before. */
export function logFolder({ watch, logDir }: Config, path: string): string | undefined {
  const time = new Date().toISOString().slice(0, -1).replaceAll(/[:.]/g, "-");
  return watch ? resolve(logDir, basename(path), time) : undefined;
}

/** Stages that were announced before are logged, too. */
export async function openKept(
  { config, loaded, backend, versions, path, folder }: KeptRun,
  { fitted, source }: Assembled,
  stages: StageLog,
): Promise<Kept> {
  const { resumed, logs } = folder;
  const checkpoints = await openCheckpoints(folder.place(WHOLE), stages.console.warn);
  const keepOf = (fold: number) => {
    const training = `fold-${fold + 1}`;
    const own = logs === undefined ? undefined : join(logs, training);
    return { place: folder.place(training), logs: own, resumed };
  };
  if (logs === undefined) return { checkpoints, watch: undefined, keepOf };
  const watch = await openTrainingLog({
    folder: logs,
    resumedAt: resumed
      ? new Map([...checkpoints.kept].map(([tower, { at }]) => [tower, at]))
      : undefined,
    pictures: {
      source,
      movies: fitted.training,
      random: createRandom(config.seed).fork("watch"),
    },
  });
  stages.console.line(`  logs in ${logs}; watch them: tensorboard --logdir ${config.logDir}`);
  const { name, sha256 } = loaded.dataset;
  watch.begin({
    ...{ name: basename(path), seed: config.seed, backend, config, versions },
    dataset: { name, sha256 },
  });
  stages.attach(watch);
  return { checkpoints, watch, keepOf };
}
