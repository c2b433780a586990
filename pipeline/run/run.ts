/** One run, stage by stage, in the order in which data flows. */

import { InputError } from "../../predictor/errors.ts";
import type { Nouns } from "../../predictor/nouns.ts";
import type { Console } from "../common/console.ts";
import { createRandom } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import { isMovies, nounsOf } from "../dataset/dataset.ts";
import type { FoundDataset } from "../dataset/load.ts";
import type { FitResult } from "../fit/fit.ts";
import { createRunner } from "../jobs/create.ts";
import { preparedFiles } from "../jobs/prepared.ts";
import { createStageLog, type StageLog } from "../logging/stages.ts";
import { readComparisons } from "../report/comparison.ts";
import type { TrainingSetup } from "../train/assemble.ts";
import { checkSomeLeft } from "../train/leftOut.ts";
import { exportAndCheck } from "./checkGraph.ts";
import { measureGraphs } from "./measureGraphs.ts";
import { checkPaths, type PreparedRun, prepareRun } from "./prepare.ts";
import { assembleWithProgress } from "./progress.ts";
import { type CompletedStages, publishRun } from "./publishRun.ts";
import { openPosters, readDataset } from "./readDataset.ts";
import { openRunOutputs, type RunOutputs } from "./runOutputs.ts";
import { type Folds, forWholeSplit, trainModel } from "./trainModel.ts";

/**
 * Takes a data set to a published bundle whose graph was checked against the model. A run that ends before that leaves
 * checkpoints, from which `given.resume` goes on.
 *
 * @param argv The command line, for the record.
 * @param found The data set, if its options were asked for before.
 * @returns The bundle's folder, and its figures as text.
 * @throws Error that says what is wrong and where; nothing is published then.
 */
export async function runPipeline(
  given: Config,
  argv: readonly string[],
  terminal: Console,
  found?: FoundDataset,
): Promise<{ path: string; summary: string }> {
  const started = performance.now();
  const stages = createStageLog(terminal);
  const out = stages.console;
  await checkPaths(given);
  const comparisons = readComparisons(given.comparisons);
  const loaded = await readDataset(given, out, found);
  const posters = await openPosters(loaded, given, out);
  try {
    const prepared = await prepareRun(given, { loaded, posters }, out);
    const { folder, path } = prepared;
    try {
      const summary = await trainAndPublish(prepared, { comparisons, argv, started }, stages);
      await folder.remove();
      out.stage(`Published ${path}`);
      return { path, summary };
    } finally {
      await folder.release();
    }
  } finally {
    posters.close();
  }
}

async function trainAndPublish(
  prepared: PreparedRun,
  command: Pick<CompletedStages, "comparisons" | "argv" | "started">,
  stages: StageLog,
): Promise<string> {
  const { config, loaded, posters, backend } = prepared;
  const { dataset } = loaded;
  const out = stages.console;
  const random = createRandom(config.seed);
  out.stage(
    isMovies(dataset)
      ? "Fitting vocabulary, poster brightness and user vectors"
      : "Fitting what inputs are made from",
  );
  const setup = await assembleWithProgress(
    {
      config: forWholeSplit(config, dataset),
      dataset,
      posters,
      random: random.fork("fit"),
    },
    out,
  );
  try {
    checkSomeLeft(setup.leftOut, setup.source.inputs);
    checkHeldOut(setup.fitted, config, nounsOf(dataset));
    const { outputsOfFold, ...outputs } = await openRunOutputs(prepared, setup, stages);
    const folds =
      config.folds > 0 ? await foldsOfRun(prepared, setup, outputsOfFold, out) : undefined;
    const trained = await trainModel(
      { config, dataset, setup, random: random.fork("train"), backend, folds, ...outputs },
      out,
    ).finally(() => folds?.runner.close());
    const checked = await exportAndCheck(trained.model, prepared, setup, out);
    try {
      const measured = await measureGraphs(trained, checked, prepared, setup, out);
      return await publishRun({ prepared, setup, trained, checked, measured, ...command }, out);
    } finally {
      await checked.session.close();
    }
  } finally {
    setup.close();
  }
}

async function foldsOfRun(
  { config, loaded, identity }: PreparedRun,
  { source }: TrainingSetup,
  outputsOfFold: RunOutputs["outputsOfFold"],
  out: Console,
): Promise<Folds> {
  const features = Object.fromEntries(
    Object.entries(source.features ?? {}).map(([input, { file }]) => [input, file]),
  );
  return {
    trial: { kind: "trial", identity },
    runner: await createRunner({ config, queue: config, outputsOfFold, out }),
    prepared: await preparedFiles({ config, loaded, data: identity.data, features }),
  };
}

/** @throws InputError where no item is held out that something has to be learned from or measured on. */
function checkHeldOut(
  { training, validation, test }: FitResult,
  { train, folds }: Config,
  { items }: Nouns,
): void {
  if (validation.length > 0 || (folds > 0 && test.length > 0)) return;
  const use = folds > 0 ? "there is no test split to measure on" : "gates and thresholds need some";
  throw new InputError(
    "train.validation",
    `${train.validation} of ${training.length} ${items} holds none out, and ${use}; give a larger share${folds > 0 ? "" : ", or --folds"}`,
  );
}
