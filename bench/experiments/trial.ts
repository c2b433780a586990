/** A configuration of the pipeline as a trial of this machine, without a run around it. */

import { readFile } from "node:fs/promises";
import { createOptions } from "../../node/options/options.ts";
import { createConsole } from "../../pipeline/common/console.ts";
import { effective, type Options } from "../../pipeline/config/compare.ts";
import { programFor } from "../../pipeline/config/options.ts";
import { findDataset } from "../../pipeline/dataset/load.ts";
import { type TrialJob, trialOf } from "../../pipeline/jobs/job.ts";
import { createLocalRunner } from "../../pipeline/jobs/local.ts";
import type { PreparedFile } from "../../pipeline/jobs/prepared.ts";
import type { JobRunner } from "../../pipeline/jobs/runner.ts";
import { readVersions } from "../../pipeline/report/provenance.ts";
import { readDataset } from "../../pipeline/run/readDataset.ts";
import { createInputs } from "../../pipeline/sweep/inputs.ts";

export interface OpenTrial {
  readonly trial: TrialJob;
  readonly runner: JobRunner;
  readonly prepared: readonly PreparedFile[];
  /** Options as given, without those that change no figure. */
  readonly config: Options;
}

/**
 * @param file A config file of the pipeline, with folds.
 * @returns What `work` makes of it.
 */
export async function withTrial<T>(
  file: string,
  work: (trial: OpenTrial) => Promise<T>,
): Promise<T> {
  const given = JSON.parse(await readFile(file, "utf8"));
  const found = await findDataset(given.data);
  const config = createOptions(programFor(found.inputs, found.target)).parse(given, file);
  const out = createConsole();
  const loaded = await readDataset(config, out, found);
  const { data, prepared } = await createInputs(loaded, out)(config);
  const runner = createLocalRunner({ config });
  try {
    const trial = trialOf(config, data, readVersions());
    return await work({ trial, runner, prepared, config: effective(given) });
  } finally {
    await runner.close();
  }
}
