/** The process of one fold: receives a job and what this machine adds to it, and sends epochs and then the result back. */

import { serveJob } from "../../node/jobs/process.ts";
import { createOptions } from "../../node/options/options.ts";
import { programFor } from "../config/options.ts";
import type { Config } from "../config/schema.ts";
import { findDataset, loadDataset } from "../dataset/load.ts";
import { openImageStores, openMadePosterStore } from "../dataset/posterCache.ts";
import { type FoldOutputs, type FoldResult, trainFold } from "../folds/trainFold.ts";
import { startBackend } from "../train/backend.ts";
import { setWasmThreads } from "../train/wasmThreads.ts";
import { type FoldJob, nameOf } from "./job.ts";
import type { TrainingEvent } from "./runner.ts";

/** What a machine adds to a job; outputs do not depend on it. */
export interface Place extends Pick<Config, "data" | "cache" | "strict" | "threads"> {
  readonly outputs?: FoldOutputs | undefined;
}

export interface WorkInput {
  readonly job: FoldJob;
  readonly place: Place;
}

serveJob<WorkInput, TrainingEvent, FoldResult>(async ({ job, place }, emit) => {
  const { outputs, ...paths } = place;
  const found = await findDataset(place.data);
  const { parse } = createOptions(programFor(found.inputs, found.target));
  const config = parse({ ...job.identity.options, ...paths }, nameOf(job));
  const loaded = await loadDataset(config, found);
  const posters = await openImageStores(loaded, config, openMadePosterStore);
  setWasmThreads(config.threads);
  await startBackend(config.backend);
  const result = await trainFold({
    fold: job.fold,
    config,
    dataset: loaded.dataset,
    posters,
    outputs,
    onEpoch: (epoch) => emit({ epoch }),
    onResume: (resumed) => emit({ resumed }),
    onWarning: (warning) => emit({ warning }),
  });
  posters.close();
  return result;
});
