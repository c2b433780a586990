/** What a run writes while it trains: checkpoints to resume from, and logs to look at. */

import { basename, join } from "node:path";
import { type Checkpointer, openCheckpointer } from "../checkpoint/checkpointer.ts";
import { WHOLE } from "../checkpoint/runFolder.ts";
import { createRandom } from "../common/random.ts";
import type { FoldOutputs } from "../folds/trainFold.ts";
import type { FoldJob } from "../jobs/job.ts";
import type { StageLog } from "../logging/stages.ts";
import { openTrainingLog, type TrainingLog } from "../logging/trainingLog.ts";
import type { TrainingSetup } from "../train/assemble.ts";
import type { PreparedRun } from "./prepare.ts";

export interface RunOutputs {
  /** Checkpointer of the training on the whole train split. */
  readonly checkpointer: Checkpointer;
  readonly log: TrainingLog | undefined;
  /** The same of a fold; one that is trained on a share of its items has no log. */
  readonly outputsOfFold: (fold: Pick<FoldJob, "fold" | "share">) => FoldOutputs;
}

/** Stages that were announced before are logged, too. */
export async function openRunOutputs(
  { config, loaded, backend, versions, path, folder }: PreparedRun,
  { fitted, source }: TrainingSetup,
  stages: StageLog,
): Promise<RunOutputs> {
  const { resumed, logs } = folder;
  const checkpointer = await openCheckpointer(folder.place(WHOLE), stages.console.warn);
  const outputsOfFold = ({ fold, share = 1 }: Pick<FoldJob, "fold" | "share">) => {
    const training = `fold-${fold + 1}${share < 1 ? `-on-${share}` : ""}`;
    const own = logs === undefined || share < 1 ? undefined : join(logs, training);
    return { place: folder.place(training), logs: own, resumed };
  };
  if (logs === undefined) return { checkpointer, log: undefined, outputsOfFold };
  const log = await openTrainingLog({
    folder: logs,
    resumedAt: resumed
      ? new Map([...checkpointer.saved].map(([tower, { at }]) => [tower, at]))
      : undefined,
    pictures: {
      source,
      movies: fitted.training,
      random: createRandom(config.seed).fork("watch"),
    },
  });
  stages.console.line(`  logs in ${logs}; show them with tensorboard --logdir ${config.logDir}`);
  const { name, sha256 } = loaded.dataset;
  log.begin({
    name: basename(path),
    seed: config.seed,
    backend,
    config,
    versions,
    dataset: { name, sha256 },
  });
  stages.attach(log);
  return { checkpointer, log, outputsOfFold };
}
