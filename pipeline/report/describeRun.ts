/** The parts of a run's record that describe the data, preprocessing and the model. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import { groupOf, groupsOf } from "../../predictor/item.ts";
import { areMovieInputs } from "../../predictor/movie.ts";
import type { Nouns } from "../../predictor/nouns.ts";
import { countGroups } from "../../predictor/preprocess/ratings.ts";
import { tokenCount } from "../../predictor/preprocess/title.ts";
import type { Config } from "../config/schema.ts";
import { type Dataset, declaredTarget, nounsOf } from "../dataset/dataset.ts";
import { allRatingsOf, imagesOf, namesOf } from "../dataset/inputs.ts";
import { countIssues, KEPT_PER_FILE } from "../dataset/issues.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import type { FitResult } from "../fit/fit.ts";
import type { FittedInput, FittedInputs, TextInput } from "../fit/fittedInputs.ts";
import { subjectOf } from "../model/exportGraph.ts";
import { rulesOf } from "../targets/types.ts";
import { formatCount } from "./format.ts";
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
    labels: dataset.labels,
    distribution: rulesOf(target).texts.distribution(trainSplit, dataset.labels, context),
    ...(namesOf(dataset.inputs, "ratings").length === 0
      ? {}
      : {
          users: dataset.users.length,
          ratings: dataset.movies.reduce(
            (sum, movie) => sum + allRatingsOf(movie, dataset.inputs).users.length,
            0,
          ),
        }),
    ...(namesOf(dataset.inputs, "image").length === 0
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

type Facts = Record<string, string | number>;

/** Facts of every declared input; with several of a type, each under its name. */
export function describePreprocessing(
  { inputs }: FitResult,
  posters: PosterStore,
): RunRecord["preprocess"] {
  const facts: Facts = {};
  for (const [name, input] of Object.entries(inputs)) {
    const isOnly = Object.values(inputs).filter(({ type }) => type === input.type).length === 1;
    for (const [fact, value] of Object.entries(factsOf(input, posters))) {
      facts[isOnly ? fact : `${name}: ${fact}`] = value;
    }
  }
  return facts;
}

function factsOf(input: FittedInput, { counts }: PosterStore): Facts {
  switch (input.type) {
    case "text":
      return textFacts(input);
    case "image":
      return {
        "Poster size (height x width)": `${input.spec.height} x ${input.spec.width}, centre crop, area filter`,
        "Poster bytes, mean and std": `${input.pixels.mean.toFixed(2)}, ${input.pixels.std.toFixed(2)}`,
        "Posters decoded / cached / not decodable": `${counts.decoded} / ${counts.cached} / ${counts.failed}`,
      };
    case "ratings":
      return {
        "Users with a vector": input.userVectors.users.length,
        "Demographic groups with a vector": countGroups(input.userVectors.groups),
        "Size of a user vector": input.userVectors.dimensions,
      };
    case "number":
      return {};
  }
}

function textFacts({ spec, words }: TextInput): Facts {
  return {
    "Words with their own id": spec.vocabulary.length,
    "Character n-grams": `${spec.ngrams.min} to ${spec.ngrams.max} characters, hashed into ${spec.ngrams.buckets} buckets`,
    "Token ids": tokenCount(spec),
    ...(words
      ? {
          "Pretrained word vectors": `${words.table.length / words.dimensions} of ${words.dimensions} dimensions`,
        }
      : {}),
    "Words per title, pieces per word": `${spec.maxWords}, ${spec.piecesPerWord}`,
  };
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
  const rated = Object.values(inputs).some(({ type }) => type === "ratings");
  const words = { regression: rules.regression(nouns), labels: nouns.labels };
  const towers = Object.entries(inputs).filter(([, { type }]) => type !== "number");
  return {
    parameters: model.countParams(),
    layers: model.layers.map((layer) => ({
      name: layer.name,
      className: layer.getClassName(),
      outputShape: JSON.stringify(layer.outputShape),
      parameters: layer.countParams(),
    })),
    description: [
      `${COUNTS[towers.length] ?? towers.length} separately trained ${towers.length === 1 ? "tower computes" : "towers compute"} ${compute}, one tower per input. Gates weight the logits of the inputs that a ${nouns.item} has, and their sum is added to ${prior}.`,
      ...towers.map(
        ([name, input]) => `${capitalised(name)}: ${describeTower(name, input, inputs, words)}`,
      ),
      `Gates: fitted on ${config.folds > 0 ? `the training ${nouns.items}, with logits of towers that were trained on the other folds` : `the validation ${nouns.items}, on which no tower was trained`}, for every subset of each ${nouns.item}'s inputs${rated ? " and for samples of its ratings" : ""}. They depend on which inputs a ${nouns.item} has${rated ? " and on its number of ratings" : ""}.`,
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

interface Words {
  /** "one logistic regression per genre" */
  readonly regression: string;
  readonly labels: string;
}

function describeTower(
  name: string,
  input: FittedInput,
  inputs: FittedInputs,
  words: Words,
): string {
  switch (input.type) {
    case "text": {
      const number = Object.entries(inputs).find(
        ([other, { type, spec }]) =>
          type === "number" && groupOf(other, spec) === groupOf(name, input.spec),
      );
      const beside = number?.[0] === "year" ? "release year" : number?.[0];
      return `${describeText(input.options, beside, words)}.`;
    }
    case "image":
      return `${describeImage(input.options)}.`;
    case "ratings":
      return "every user has a vector from a truncated randomized SVD of which users rated which training movies; unknown users have the vector of their demographic group. The input is the sum of a movie's user vectors divided by the root of their number, the number of ratings, the mean stars, and the mean difference between stars and each user's average. A hidden layer follows.";
    case "number":
      return "";
  }
}

/** @param number Beside the text, if there is one. */
function describeText(
  config: Config["title"],
  number: string | undefined,
  { regression, labels }: Words,
): string {
  const { encoder, bidirectional, attention, embeddings, embeddingsDimensions } = config;
  const projected =
    embeddingsDimensions > 0
      ? `, projected to the ${embeddingsDimensions} dimensions that are most informative about ${labels}`
      : "";
  const also = embeddings === undefined ? "" : `, and pretrained word vectors${projected}`;
  if (encoder === "linear") {
    const bumps = number === undefined ? "" : `, bump functions of the ${number}`;
    return `${regression} on the TF-IDF of words and of their hashed character n-grams${bumps}${also}`;
  }
  const read =
    encoder === "bag"
      ? "the mean of the embeddings of its words and of their hashed character n-grams"
      : `${bidirectional ? "a bidirectional" : "a"} ${encoder.toUpperCase()} over its words, each the mean of the embeddings of the word and its hashed character n-grams`;
  const attended = attention === "none" ? "" : `, with ${attention} attention`;
  const steps = number === undefined ? "" : `, with smooth steps over the ${number}`;
  return `${read}${attended}${steps}${also}`;
}

function describeImage(config: Config["poster"]): string {
  const { backbone, backboneLayers, fineTune, units, pooling, normalisation } = config;
  if (backbone === undefined) {
    return `a convolutional network with ${normalisation ? "batch normalisation, " : ""}ReLU and ${pooling} pooling, then global average and maximum`;
  }
  const layers = backboneLayers.length > 0 ? backboneLayers.join(", ") : "last layer";
  const hidden = units > 0 ? `, followed by a hidden layer of ${units} units` : "";
  return `global average and maximum of a pretrained network's features (${layers}), ${fineTune ? "fine-tuned" : "frozen"}${hidden}`;
}

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
