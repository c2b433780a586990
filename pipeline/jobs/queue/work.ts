/** A worker's process of one job: trains a fold, or scores a trial, and keeps the output in the storage. */

import { IncompatibleError } from "../../../node/jobs/incompatible.ts";
import { serveJob } from "../../../node/jobs/process.ts";
import { openStorage } from "../../../node/storage/open.ts";
import type { Storage } from "../../../node/storage/storage.ts";
import { identityOf } from "../../checkpoint/identity.ts";
import { openPosterStore } from "../../dataset/posterCache.ts";
import { scoreFolds } from "../../folds/score.ts";
import { summarizeFolds } from "../../folds/summary.ts";
import { readVersions } from "../../report/provenance.ts";
import { startBackend } from "../../train/backend.ts";
import { type FoldJob, type Job, seedOf } from "../job.ts";
import { type Opened, type Place, runFold } from "../runFold.ts";
import type { TrainingEvent } from "../runner.ts";
import { checkData } from "./machine.ts";
import { checkpointsOf, keepOutput, logsOf, type Reference, readOutput } from "./output.ts";
import { fetchPrepared } from "./prepared.ts";

export interface QueueWork {
  readonly job: Job;
  readonly place: Place;
  /** As `openStorage` takes it. */
  readonly storage: string;
  /** Outputs of a trial's folds, in order. */
  readonly folds: readonly Reference[];
}

serveJob<QueueWork, TrainingEvent, Reference>(async (work, emit) => {
  const { job, place } = work;
  const storage = openStorage(work.storage, say);
  if (job.kind === "fold") {
    const shared = await takeOver(storage, work);
    const result = await runFold({
      ...{ job, place, emit, check, openPosters: openPosterStore, onSaved: shared.onSaved },
      prepare: ({ config, loaded, identity }) =>
        fetchPrepared({ storage, config, loaded, data: identity.data, say }),
    });
    const reference = await keepOutput(storage, job, result);
    await shared.end();
    return reference;
  }
  const results = await Promise.all(
    work.folds.map((reference) => readOutput<FoldJob>(storage, reference)),
  );
  return keepOutput(storage, job, summarizeFolds(await scoreFolds(results, seedOf(job))));
});

/** Least time between two copies of the states, in milliseconds: an epoch may take less than a copy. */
const COPY_MS = 5000;

/** Goes on with what another machine has left of the training, and leaves states and log to others. */
async function takeOver(storage: Storage, { job, place }: QueueWork) {
  const checkpoints = storage.scratch(checkpointsOf(job));
  const logs = place.outputs?.logs === undefined ? undefined : storage.scratch(logsOf(job));
  // None of it is worth a training.
  const trying = (work: Promise<void> | undefined) =>
    work?.catch(({ message }: Error) => say(`checkpoints stay on this machine: ${message}`));
  await trying(checkpoints.pull());
  await trying(logs?.pull());
  let copied = Number.NEGATIVE_INFINITY;
  return {
    async onSaved() {
      if (performance.now() - copied < COPY_MS) return;
      await trying(checkpoints.push());
      await trying(logs?.push());
      copied = performance.now();
    },
    async end() {
      await trying(logs?.leave());
    },
  };
}

/** To the worker's own output, and the job's log. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** @throws IncompatibleError where this machine would train something else, or cannot train it. */
async function check({ config, loaded, posters, identity }: Opened): Promise<void> {
  const incompatible = ({ message }: Error) => {
    throw new IncompatibleError(message);
  };
  const here = await identityOf(config, loaded.dataset, posters, readVersions()).catch(
    incompatible,
  );
  checkData(here.data, identity.data);
  await startBackend(config.backend).catch(incompatible);
}
