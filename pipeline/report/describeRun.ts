/** The parts of a run's record that are read off the data and the model. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import { tokenCount } from "../../predictor/preprocess/title.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { countProblems, KEPT_PER_FILE } from "../dataset/problems.ts";
import type { Fitted } from "../fit/fit.ts";
import type { DatasetRecord, ModelRecord, RunRecord } from "./runRecord.ts";

export function describeDataset(
  dataset: Dataset,
  fitted: Fitted,
  posters: PosterStore,
): DatasetRecord {
  const trainSplit = dataset.examples.filter((example) => example.split === "train");
  return {
    name: dataset.name,
    synthetic: dataset.synthetic,
    sha256: dataset.sha256,
    trainMovies: fitted.training.length,
    validationMovies: fitted.validation.length,
    testMovies: fitted.test.length,
    evaluatedOn: fitted.test.length > 0 ? "test" : "validation",
    labels: dataset.labels,
    labelCounts: dataset.labels.map(
      (label) => trainSplit.filter((example) => example.labels.includes(label)).length,
    ),
    users: dataset.users.length,
    ratings: dataset.examples.reduce((sum, example) => sum + example.ratings.users.length, 0),
    posters: dataset.examples.filter((example) => example.posterPath !== undefined).length,
    problems: [...dataset.problems, ...posters.problems.slice(0, KEPT_PER_FILE)],
    problemCount: countProblems(dataset.problemCounts) + posters.problems.length,
    noteCount: countProblems(dataset.noteCounts),
  };
}

export function describePreprocessing(
  { spec, raters, pixels }: Fitted,
  { counts }: PosterStore,
): RunRecord["preprocess"] {
  return {
    "Words with an id of their own": spec.title.vocabulary.length,
    "Character n-grams": `${spec.title.ngrams.min} to ${spec.title.ngrams.max} characters, hashed into ${spec.title.ngrams.buckets} buckets`,
    "Token ids": tokenCount(spec.title),
    "Words per title, pieces per word": `${spec.title.maxWords}, ${spec.title.piecesPerWord}`,
    "Poster size (height x width)": `${spec.poster.height} x ${spec.poster.width}, centre crop, area filter`,
    "Poster bytes, mean and deviation": `${pixels.mean.toFixed(2)}, ${pixels.deviation.toFixed(2)}`,
    "Posters decoded now / from the cache / not decodable": `${counts.decoded} / ${counts.cached} / ${counts.failed}`,
    "Raters with a vector": raters.users.length,
    "Size of a rater's vector": raters.dimensions,
  };
}

/** Layers of the graph that ships, and what it does in words. */
export function describeModel(model: LayersModel): ModelRecord {
  return {
    parameters: model.countParams(),
    layers: model.layers.map((layer) => ({
      name: layer.name,
      className: layer.getClassName(),
      outputShape: JSON.stringify(layer.outputShape),
      parameters: layer.countParams(),
    })),
    description: [
      "Three towers, each trained by itself, give evidence for or against every genre; gates weigh the evidence of those that a movie has, and the sum is added to the genres' prior logits.",
      "Title: the mean of the embeddings of its words and of their hashed character n-grams, with smooth steps over the release year.",
      "Poster: a convolutional network with batch normalisation, ReLU and max pooling, then global average and maximum.",
      "Ratings: every rater has a vector from a truncated randomized SVD of who rated what among the training movies; a movie is the sum of its raters' vectors over the root of their number, followed by a hidden layer.",
      "Gates: fitted on the validation movies, which no tower has seen, on every subset of each movie's inputs.",
    ],
  };
}
