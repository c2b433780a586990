/** A fold in a process of its own: the parent sends a job, this sends epochs and then the result back. */

import type { Config } from "../config/schema.ts";
import { loadDataset } from "../dataset/load.ts";
import { openMadePosterStore, posterFiles } from "../dataset/posterCache.ts";
import { startBackend } from "../train/backend.ts";
import type { EpochRecord } from "../train/records.ts";
import { setWasmThreads } from "../train/wasmThreads.ts";
import { type FoldOutputs, type FoldResult, trainFold } from "./trainFold.ts";

export interface FoldJob {
  readonly fold: number;
  readonly config: Config;
  readonly outputs?: FoldOutputs | undefined;
}

export type FoldMessage =
  | { readonly epoch: EpochRecord }
  | { readonly resumed: string }
  | { readonly warning: string }
  | { readonly result: FoldResult }
  | { readonly error: string };

// A parent that is gone wants no result.
process.on("disconnect", () => process.exit(1));
process.once("message", (job: FoldJob) => {
  void work(job)
    .then((result) => tell({ result }))
    .catch((error: Error) =>
      tell({ error: process.env.DEBUG ? (error.stack ?? "") : error.message }),
    )
    .then(() => process.exit());
});

async function work({ fold, config, outputs }: FoldJob): Promise<FoldResult> {
  const loaded = await loadDataset(config);
  const posters = await openMadePosterStore(posterFiles(loaded, config));
  setWasmThreads(config.threads);
  await startBackend(config.backend);
  const result = await trainFold({
    fold,
    config,
    dataset: loaded.dataset,
    posters,
    outputs,
    onEpoch: (epoch) => void tell({ epoch }),
    onResume: (resumed) => void tell({ resumed }),
    onWarning: (warning) => void tell({ warning }),
  });
  posters.close();
  return result;
}

function tell(message: FoldMessage): Promise<void> {
  return new Promise((resolve) => {
    process.send!(message, undefined, {}, () => resolve());
  });
}
