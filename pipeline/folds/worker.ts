/** The process of one fold: receives a job from the parent, and sends epochs and then the result back. */

import type { Config } from "../config/schema.ts";
import { loadDataset } from "../dataset/load.ts";
import { openImageStores, openMadePosterStore } from "../dataset/posterCache.ts";
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

// Without a parent, nobody needs the result.
process.on("disconnect", () => process.exit(1));
process.once("message", (job: FoldJob) => {
  void work(job)
    .then((result) => send({ result }))
    .catch((error: Error) =>
      send({ error: process.env.DEBUG ? (error.stack ?? "") : error.message }),
    )
    .then(() => process.exit());
});

async function work({ fold, config, outputs }: FoldJob): Promise<FoldResult> {
  const loaded = await loadDataset(config);
  const posters = await openImageStores(loaded, config, openMadePosterStore);
  setWasmThreads(config.threads);
  await startBackend(config.backend);
  const result = await trainFold({
    fold,
    config,
    dataset: loaded.dataset,
    posters,
    outputs,
    onEpoch: (epoch) => void send({ epoch }),
    onResume: (resumed) => void send({ resumed }),
    onWarning: (warning) => void send({ warning }),
  });
  posters.close();
  return result;
}

/** Resolves when the message is sent. */
function send(message: FoldMessage): Promise<void> {
  return new Promise((resolve) => {
    process.send!(message, undefined, {}, () => resolve());
  });
}
