/** Trains the fold that a job describes, with what this machine adds to it. */

import { createOptions } from "../../node/options/options.ts";
import type { Identity } from "../checkpoint/identity.ts";
import { programFor } from "../config/options.ts";
import type { Config } from "../config/schema.ts";
import { findDataset, type LoadedDataset, loadDataset } from "../dataset/load.ts";
import { openImageStores, type PosterFiles, type PosterStore } from "../dataset/posterCache.ts";
import { type FoldOutputs, type FoldResult, trainFold } from "../folds/trainFold.ts";
import { sectionOf } from "../inputs/options.ts";
import { startBackend } from "../train/backend.ts";
import { setWasmThreads } from "../train/wasmThreads.ts";
import { type FoldJob, nameOf } from "./job.ts";
import type { TrainingEvent } from "./runner.ts";

/** What a machine adds to a job; outputs do not depend on it. */
export interface Place extends Pick<Config, "data" | "cache" | "strict" | "threads"> {
  readonly outputs?: FoldOutputs | undefined;
}

export interface FoldWork {
  readonly job: FoldJob;
  readonly place: Place;
  readonly emit: (event: TrainingEvent) => void;
  /** Called after each state that is saved. */
  readonly onSaved?: () => Promise<void>;
  /** Opens decoded images. */
  readonly openPosters: (files: PosterFiles) => Promise<PosterStore>;
  /** Called with what this machine has read, before images are opened. @returns The configuration to train with. */
  readonly prepare?: (read: Omit<Opened, "posters">) => Promise<Config>;
  /** Called before the training with what this machine has. */
  readonly check?: (opened: Opened) => Promise<void>;
}

export interface Opened {
  readonly config: Config;
  readonly loaded: LoadedDataset;
  readonly posters: PosterStore;
  readonly identity: Identity;
}

/** @throws Error saying what is missing or wrong on this machine. */
export async function runFold(work: FoldWork): Promise<FoldResult> {
  const { job, place, emit } = work;
  const { outputs, ...paths } = place;
  const found = await findDataset(place.data);
  const { parse } = createOptions(programFor(found.inputs, found.target));
  const { identity } = job;
  const given = parse({ ...job.identity.options, ...paths }, nameOf(job));
  const loaded = await loadDataset(given, found);
  const config = (await work.prepare?.({ config: given, loaded, identity })) ?? given;
  const posters = await openImageStores(loaded, config, work.openPosters);
  try {
    await work.check?.({ config, loaded, posters, identity });
    setWasmThreads(config.threads);
    await startBackend(config.backend);
    return await trainFold({
      fold: job.fold,
      share: job.share,
      config,
      dataset: loaded.dataset,
      posters,
      outputs,
      onSaved: work.onSaved,
      onEpoch({ tower, epoch, loss, seconds }) {
        const epochs = (sectionOf(config, tower)?.epochs as number | undefined) ?? epoch;
        emit({ epoch: { tower, epoch, epochs, loss, seconds } });
      },
      onResume: (resumed) => emit({ resumed }),
      onWarning: (warning) => emit({ warning }),
    });
  } finally {
    posters.close();
  }
}
