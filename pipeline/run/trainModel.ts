/** From fitted data to the model that ships: folds, where they are asked for, towers, gates. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Console } from "../common/console.ts";
import type { Random } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import { type Dataset, nounsOf } from "../dataset/dataset.ts";
import { type Ablation, compareFusions } from "../evaluate/ablations.ts";
import { evaluatedMovies } from "../evaluate/evaluateGraph.ts";
import { factsOf } from "../evaluate/facts.ts";
import type { LearningCurve } from "../folds/learningCurve.ts";
import { type CrossValidation, foldTable } from "../folds/summary.ts";
import { amountsOf } from "../inputs/tower.ts";
import { ascending, type CrossValidationResult, crossValidate } from "../jobs/crossValidate.ts";
import { foldsOf, type TrialJob } from "../jobs/job.ts";
import type { PreparedFile } from "../jobs/prepared.ts";
import { type JobRunner, type OnEvent, printEvents, tabulateEvents } from "../jobs/runner.ts";
import { buildInferenceModel } from "../model/build.ts";
import { averageModels } from "../model/ensemble.ts";
import { fusionWeights } from "../model/fusion.ts";
import { modelGroups, withMoments } from "../model/modelInputs.ts";
import type { Thresholds } from "../targets/targetRules.ts";
import type { TrainingSetup } from "../train/assemble.ts";
import { startParityBackend } from "../train/backend.ts";
import { fitGates, type Gates, shutGates } from "../train/gates.ts";
import { heldOutPart, joinHeldOut, type TowerHistory } from "../train/trainTowers.ts";
import { trainWithProgress } from "./progress.ts";
import type { RunOutputs } from "./runOutputs.ts";

export interface TrainedModel {
  readonly model: LayersModel;
  /** How the towers of the model were trained. */
  readonly towers: readonly TowerHistory[];
  /** Those of the first fold, which measured every epoch; empty without folds. */
  readonly monitoredFold: readonly TowerHistory[];
  /** The same towers fused in other ways; empty for an average of folds, whose towers are many. */
  readonly fusions: readonly Ablation[];
  readonly crossValidation?: CrossValidation;
  readonly learning?: LearningCurve | undefined;
  /** From the folds; without folds they are tuned on the validation movies. */
  readonly thresholds?: Thresholds | undefined;
}

export interface Folds {
  readonly trial: TrialJob;
  readonly runner: JobRunner;
  /** For machines that lack it. */
  readonly prepared: readonly PreparedFile[];
}

export interface TrainModelOptions extends Partial<Omit<RunOutputs, "outputsOfFold">> {
  readonly config: Config;
  readonly dataset: Dataset;
  /** Setup for the whole train split, less what `forWholeSplit` leaves as validation. */
  readonly setup: TrainingSetup;
  readonly random: Random;
  /** The cross-validation that goes before, where the configuration has folds. */
  readonly folds?: Folds | undefined;
  /** tfjs backend in use. */
  readonly backend: string;
}

/**
 * The configuration that the published model is trained with: early stopping, gates and thresholds need movies held out,
 * but folds give them without losing any. A data set without a test split keeps some to be measured on.
 */
export function forWholeSplit(config: Config, dataset: Dataset): Config {
  const measurable = dataset.movies.some(({ split }) => split === "test");
  if (config.folds === 0 || !measurable) return config;
  return { ...config, train: { ...config.train, validation: 0 } };
}

/** @throws Error if a loss stops being a number, or naming a fold that failed. */
export async function trainModel(options: TrainModelOptions, out: Console): Promise<TrainedModel> {
  const { config } = options;
  if (!options.folds) return refit(options, undefined, out);
  out.stage(
    `Cross-validation: ${config.folds} folds of the train split${config.learningCurve.length > 0 ? ", and on shares of them" : ""}`,
  );
  const folds = await withTable(options.folds, config.learningCurve, out);
  out.line(foldTable(folds.summary));
  const trained =
    config.publish === "folds"
      ? await averageOfFolds(options, folds)
      : await refit(options, folds, out);
  const monitoredFold = folds.results[0]?.towers ?? [];
  return {
    ...trained,
    monitoredFold,
    crossValidation: folds.summary,
    learning: folds.learning,
    thresholds: folds.thresholds,
  };
}

async function refit(
  { config, dataset, setup, random, backend, checkpointer, log }: TrainModelOptions,
  folds: CrossValidationResult | undefined,
  out: Console,
): Promise<TrainedModel> {
  const { fitted, parts, source, leftOut } = setup;
  const { training, validation, test, target } = fitted;
  out.stage(
    `Training on ${training.length} ${nounsOf(dataset).items}, ${validation.length} held out, backend ${backend}`,
  );
  const trained = await trainWithProgress(
    {
      config: forWholeSplit(config, dataset),
      fitted,
      parts,
      source,
      leftOut,
      random,
      heldOut: [...validation, ...test],
      learnFrom: folds ? 0 : validation.length,
      checkpointer,
      onEpoch: (record, model) => log?.epoch(record, model),
    },
    out,
  );
  const movies = validation.length + test.length;
  const held = heldOutPart(trained.heldOut, 0, validation.length);
  const learn = folds ?? { whole: held, fewer: trained.fewer };
  const score = test.length > 0 ? heldOutPart(trained.heldOut, validation.length, movies) : held;
  await startParityBackend(config.backend);
  const gates = folds?.gates ?? fitGates({ ...joinHeldOut([learn.whole, learn.fewer]), target });
  const left = leftOut.map(({ input }) => input);
  return {
    model: buildInferenceModel(
      parts,
      new Map([...trained.weights, ...fusionWeights(target.prior, withoutLeftOut(gates, setup))]),
    ),
    towers: trained.towers,
    monitoredFold: [],
    fusions: compareFusions(
      learn,
      score,
      factsOf(evaluatedMovies(fitted), fitted.spec),
      target,
      left,
    ),
  };
}

async function withTable(
  { trial, runner, prepared }: Folds,
  shares: readonly number[],
  out: Console,
) {
  const table = out.table("folds", foldsOf(trial).length * (ascending(shares).length + 1));
  const print = printEvents({ ...out, line: table.log });
  const tabulate = tabulateEvents(table);
  let done = 0;
  try {
    const onEvent: OnEvent = (...event) => {
      print(...event);
      tabulate(...event);
      if ("done" in event[0]) table.update(++done);
    };
    return await crossValidate(trial, runner, onEvent, { prepared, shares });
  } finally {
    table.stop();
  }
}

async function averageOfFolds(
  { config, setup }: TrainModelOptions,
  { results, gates }: CrossValidationResult,
): Promise<TrainedModel> {
  const { parts, fitted } = setup;
  await startParityBackend(config.backend);
  const members = results.map(({ member, target }) => {
    const { weights, moments } = member!;
    // Towers of a fold have learned numbers as deviations from the mean of its own training movies.
    const ofFold = { ...parts, target: { ...fitted.target, range: target.range } };
    return buildInferenceModel(
      withMoments(ofFold, moments),
      new Map([...weights, ...fusionWeights(fitted.target.prior, withoutLeftOut(gates, setup))]),
    );
  });
  return {
    model: await averageModels(members),
    towers: results.flatMap(({ fold, towers }) =>
      towers.map((history) => ({ ...history, fold: fold + 1 })),
    ),
    monitoredFold: [],
    fusions: [],
  };
}

/** The weight of an input that is left out is 0 in every answer, and whether a movie has it changes nothing. */
function withoutLeftOut(gates: Gates, { leftOut, parts }: TrainingSetup): Gates {
  if (leftOut.length === 0) return gates;
  const groups = modelGroups(parts.inputs);
  return shutGates(
    gates,
    { of: amountsOf(groups) },
    leftOut.map(({ input }) => groups.findIndex(({ name }) => name === input)),
  );
}
