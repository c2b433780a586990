/** The parts of a run's record that describe the data, preprocessing and the model. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import { groupsOf } from "../../predictor/item.ts";
import { areMovieInputs } from "../../predictor/movie.ts";
import { capitalised, type Nouns, withArticle } from "../../predictor/nouns.ts";
import type { Config } from "../config/schema.ts";
import { type Dataset, declaredTarget, nounsOf } from "../dataset/dataset.ts";
import { imageNames, imagesOf, ratedInputs } from "../dataset/inputs.ts";
import { countIssues, KEPT_PER_FILE } from "../dataset/issues.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import type { FitResult } from "../fit/fit.ts";
import { describeTower, factsOf, predictExample } from "../inputs/report.ts";
import { amountsOf } from "../inputs/tower.ts";
import { subjectOf } from "../model/exportGraph.ts";
import { modelGroups } from "../model/modelInputs.ts";
import { rulesOf } from "../targets/types.ts";
import { formatCount } from "./format.ts";
import { modelParts } from "./modelParts.ts";
import type { DatasetRecord, ModelRecord, RunRecord } from "./runRecord.ts";

export function describeDataset(
  dataset: Dataset,
  fitted: FitResult,
  posters: PosterStore,
): DatasetRecord {
  const target = declaredTarget(dataset);
  const context = { nouns: nounsOf(dataset), column: target.column ?? nounsOf(dataset).labels };
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
    nouns: context.nouns,
    column: context.column,
    isMovies: areMovieInputs(fitted.spec),
    inputs: [...groupsOf(fitted.spec).keys()],
    example: predictExample(fitted.spec),
    labels: dataset.labels,
    distribution: rulesOf(target).texts.distribution(trainSplit, dataset.labels, context),
    rated: ratedInputs(dataset),
    ...(imageNames(dataset.inputs).length === 0
      ? {}
      : {
          posters: dataset.movies.filter((movie) => imagesOf(movie, dataset.inputs).length > 0)
            .length,
        }),
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
  { inputs, target }: Pick<FitResult, "inputs" | "target">,
  nouns: Nouns,
): ModelRecord {
  const rules = rulesOf(target);
  const { compute, prior } = rules.texts.towers(nouns);
  const towers = modelGroups(inputs);
  const rated = amountsOf(towers).length > 0;
  const words = {
    ...{ item: nouns.item, items: nouns.items },
    regression: rules.regression(nouns),
    margins: rules.margins?.about(nouns),
    labels: nouns.labels,
  };
  const parts = modelParts(model, towers);
  return {
    parameters: model.countParams(),
    layers: model.layers.map((layer) => ({
      name: layer.name,
      className: layer.getClassName(),
      outputShape: JSON.stringify(layer.outputShape),
      parameters: layer.countParams(),
      part: parts.of(layer.name),
    })),
    parts: parts.list,
    description: [
      `${COUNTS[towers.length] ?? towers.length} separately trained ${towers.length === 1 ? "tower computes" : "towers compute"} ${compute}, one tower per input. Gates weight the logits of the inputs that ${withArticle(nouns.item)} has, and their sum is added to ${prior}.`,
      ...towers.map((group) => `${capitalised(group.input)}: ${describeTower(group, words)}`),
      `Gates: fitted on ${config.folds > 0 ? `the training ${nouns.items}, with logits of towers that were trained on the other folds` : `the validation ${nouns.items}, on which no tower was trained`}, for every subset of each ${nouns.item}'s inputs${rated ? " and for samples of its ratings" : ""}. They depend on which inputs ${withArticle(nouns.item)} has${rated ? " and on its number of ratings" : ""}.`,
      ...(config.publish === "folds"
        ? [
            `The graph is the average of ${config.folds} such models, each trained on all folds but one; all of them share vocabulary and user vectors, which are fitted to the whole train split.`,
          ]
        : []),
    ],
  };
}

const COUNTS = ["No", "One", "Two", "Three", "Four", "Five", "Six"];

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
