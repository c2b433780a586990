/** Baselines that a model has to beat: label frequencies, a linear model of the title, and neighbours by ratings. */

import { concatenate } from "../common/matrix.ts";
import { labelCounts } from "../dataset/labelCounts.ts";
import { fitLogistic, predictLogits, sigmoid } from "../fit/logistic.ts";
import { targetOf } from "../fit/prepare.ts";
import { nearestByUsers, type Users } from "./neighbours.ts";
import { fitTitleFeatures, type TitledMovie, titleRows } from "./tfidf.ts";

export interface BaselineMovie extends TitledMovie {
  /** The users who rated it. */
  readonly users: Users;
}

export interface LabelledBaselineMovie extends BaselineMovie {
  readonly labels: readonly string[];
}

export interface Baseline {
  readonly name: string;
  /** [movies, labels] in [0, 1] */
  readonly scores: Float32Array;
}

/** Best of 1, 3 and 10 by five-fold cross-validation on the train split of MovieLens-1M. */
const TITLE_C = 3;

/** Scores of all baselines on `movies`, fitted to `train`. @throws Error if there is no training movie. */
export function baselines(
  train: readonly LabelledBaselineMovie[],
  movies: readonly BaselineMovie[],
  labels: readonly string[],
): Baseline[] {
  return [
    { name: "genre frequency", scores: genreFrequency(train, movies.length, labels) },
    { name: "title TF-IDF + decade, logistic", scores: titleRegression(train, movies, labels) },
    { name: "ratings, nearest neighbours", scores: neighbours(train, movies, labels) },
  ];
}

/**
 * Each label's share among the training movies, the same for every movie.
 *
 * @returns [count, labels] in [0, 1]
 * @throws Error if there is no training movie.
 */
export function genreFrequency(
  train: readonly LabelledBaselineMovie[],
  count: number,
  labels: readonly string[],
): Float32Array {
  checkTrain(train);
  const shares = labelCounts(train, labels).map((count) => count / train.length);
  return Float32Array.from({ length: count * labels.length }, (_, i) => shares[i % labels.length]!);
}

/**
 * One L2-regularised logistic regression per label on the TF-IDF of the title's words and the decade.
 *
 * @returns Probabilities [movies, labels].
 * @throws Error if there is no training movie.
 */
function titleRegression(
  train: readonly LabelledBaselineMovie[],
  movies: readonly TitledMovie[],
  labels: readonly string[],
): Float32Array {
  checkTrain(train);
  const features = fitTitleFeatures(train);
  const trainRows = titleRows(features, train);
  const rows = titleRows(features, movies);
  const targetsPerMovie = train.map((movie) => targetOf(movie, labels));
  const scores = new Float32Array(movies.length * labels.length);
  for (let column = 0; column < labels.length; column++) {
    const targets = Uint8Array.from(targetsPerMovie, (target) => target[column]!);
    const logits = predictLogits(rows, fitLogistic(trainRows, targets, TITLE_C));
    for (const [movie, logit] of logits.entries()) {
      scores[movie * labels.length + column] = sigmoid(logit);
    }
  }
  return scores;
}

function neighbours(
  train: readonly LabelledBaselineMovie[],
  movies: readonly BaselineMovie[],
  labels: readonly string[],
): Float32Array {
  const rated = train.filter(({ users }) => users.length > 0);
  return nearestByUsers(
    rated.map(({ users }) => users),
    concatenate(
      rated.map((movie) => targetOf(movie, labels)),
      new Uint8Array(0),
    ),
    movies.map(({ users }) => users),
    genreFrequency(train, 1, labels),
  );
}

function checkTrain(train: readonly LabelledBaselineMovie[]): void {
  if (train.length === 0) throw new Error("baselines: expected at least one training movie, got 0");
}
