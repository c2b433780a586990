/** The parts of a run's record that describe the data, preprocessing and the model. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Config } from "../config/schema.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { allRatingsOf, imagesOf } from "../dataset/inputs.ts";
import { countIssues, KEPT_PER_FILE } from "../dataset/issues.ts";
import { labelCounts } from "../dataset/labelCounts.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import type { FitResult } from "../fit/fit.ts";
import type { FittedInputs } from "../inputs/fit.ts";
import { describeTower, factsOf } from "../inputs/report.ts";
import { subjectOf } from "../model/exportGraph.ts";
import { modelGroups } from "../model/modelInputs.ts";
import { formatCount } from "./format.ts";
import type { DatasetRecord, ModelRecord, RunRecord } from "./runRecord.ts";

export function describeDataset(
  dataset: Dataset,
  fitted: FitResult,
  posters: PosterStore,
): DatasetRecord {
  const trainSplit = dataset.movies.filter((movie) => movie.split === "train");
  return {
    name: dataset.name,
    subject: subjectOf(fitted.inputs, dataset),
    synthetic: dataset.synthetic,
    sha256: dataset.sha256,
    trainMovies: fitted.training.length,
    validationMovies: fitted.validation.length,
    testMovies: fitted.test.length,
    evaluatedOn: fitted.test.length > 0 ? "test" : "validation",
    labels: dataset.labels,
    labelCounts: labelCounts(trainSplit, dataset.labels),
    users: dataset.users.length,
    ratings: dataset.movies.reduce(
      (sum, movie) => sum + allRatingsOf(movie, dataset.inputs).users.length,
      0,
    ),
    posters: dataset.movies.filter((movie) => imagesOf(movie, dataset.inputs).length > 0).length,
    issues: [...dataset.issues, ...posters.issues.slice(0, KEPT_PER_FILE)],
    issueCount: countIssues(dataset.issueCounts) + posters.issues.length,
    noteCount: countIssues(dataset.noteCounts),
  };
}

/** Facts of every declared input; with several of a type, each under its name. */
export function describePreprocessing(
  { inputs }: FitResult,
  posters: PosterStore,
): RunRecord["preprocess"] {
  const facts: Record<string, string | number> = {};
  for (const [name, input] of Object.entries(inputs)) {
    const isOnly = Object.values(inputs).filter(({ type }) => type === input.type).length === 1;
    for (const [fact, value] of Object.entries(factsOf(input, name, posters))) {
      facts[isOnly ? fact : `${name}: ${fact}`] = value;
    }
  }
  return facts;
}

/** The published graph's layers, and a description in words. */
export function describeModel(
  model: LayersModel,
  config: Config,
  inputs: FittedInputs,
): ModelRecord {
  const towers = modelGroups(inputs);
  return {
    parameters: model.countParams(),
    layers: model.layers.map((layer) => ({
      name: layer.name,
      className: layer.getClassName(),
      outputShape: JSON.stringify(layer.outputShape),
      parameters: layer.countParams(),
    })),
    description: [
      `${COUNTS[towers.length] ?? towers.length} separately trained ${towers.length === 1 ? "tower computes" : "towers compute"} logits per genre, one tower per input. Gates weight the logits of the inputs that a movie has, and their sum is added to the genres' prior logits.`,
      ...towers.map((group) => `${capitalised(group.input)}: ${describeTower(group)}`),
      `Gates: fitted on ${config.folds > 0 ? "the training movies, with logits of towers that were trained on the other folds" : "the validation movies, on which no tower was trained"}, for every subset of each movie's inputs and for samples of its ratings. They depend on which inputs a movie has and on its number of ratings.`,
      ...(config.publish === "folds"
        ? [
            `The graph is the average of ${config.folds} such models, each trained on all folds but one; all of them share vocabulary and user vectors, which are fitted to the whole train split.`,
          ]
        : []),
    ],
  };
}

const COUNTS = ["No", "One", "Two", "Three", "Four", "Five", "Six"];

const capitalised = (text: string) => `${text[0]!.toUpperCase()}${text.slice(1)}`;

/** The number of parameters of each layer that has any, as text for a terminal. */
export function layerTable({ layers, parameters }: ModelRecord): string {
  const counted = layers.filter((layer) => layer.parameters > 0);
  const width = Math.max(...counted.map(({ name }) => name.length));
  return [
    ...counted.map(
      (layer) =>
        `  ${layer.name.padEnd(width)}  ${formatCount(layer.parameters).padStart(11)}  ${layer.className}`,
    ),
    `  ${"all parameters".padEnd(width)}  ${formatCount(parameters).padStart(11)}`,
  ].join("\n");
}
