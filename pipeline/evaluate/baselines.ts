/** Baselines that a model has to beat: label frequencies, a linear model of the title, and neighbours by ratings. */

import { concatenate } from "../common/matrix.ts";
import { labelCounts } from "../dataset/labelCounts.ts";
import { targetOf } from "../fit/prepare.ts";
import { sigmoid } from "../regression/logistic.ts";
import { predictAll, type SparseRows } from "../regression/sparseRows.ts";
import { nearestByUsers, type Users } from "./neighbours.ts";
import { fitLabels } from "./regressions.ts";
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
  /** [movies, labels] in [0, 1]; null if the training movies have nothing to fit it to. */
  readonly scores: Float32Array | null;
}

/** Best of 1, 3 and 10 by five-fold cross-validation on the train split of MovieLens-1M. */
const TITLE_C = 3;

/**
 * Scores of all baselines on `movies`, fitted to `train`.
 *
 * @param texts Names of the texts that are joined to the title.
 * @throws Error if there is no training movie.
 */
export function baselines(
  train: readonly LabelledBaselineMovie[],
  movies: readonly BaselineMovie[],
  labels: readonly string[],
  texts: readonly string[] = ["title"],
): Baseline[] {
  const ofTitles = texts.join() === "title";
  const text = ofTitles
    ? "title TF-IDF + decade, logistic"
    : `${texts.join(" + ")} TF-IDF, logistic`;
  return [
    { name: "genre frequency", scores: genreFrequency(train, movies.length, labels) },
    { name: text, scores: titleRegression(train, movies, labels) },
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
 * @returns Probabilities [movies, labels]; null if the training movies' words and decades are all the same.
 * @throws Error if there is no training movie.
 */
function titleRegression(
  train: readonly LabelledBaselineMovie[],
  movies: readonly TitledMovie[],
  labels: readonly string[],
): Float32Array | null {
  checkTrain(train);
  const features = fitTitleFeatures(train);
  const trainRows = titleRows(features, train);
  if (allEqual(trainRows)) return null;
  const targetsPerMovie = train.map((movie) => targetOf(movie, labels));
  const models = fitLabels(
    trainRows,
    labels.length,
    (column) => Uint8Array.from(targetsPerMovie, (target) => target[column]!),
    TITLE_C,
  );
  if (!models) return null;
  return predictAll(titleRows(features, movies), models).map(sigmoid);
}

function allEqual({ offsets, indices, values }: SparseRows): boolean {
  const row = (i: number) =>
    [indices, values].map((list) => list.slice(offsets[i]!, offsets[i + 1]!).join()).join(";");
  const first = row(0);
  return Array.from({ length: offsets.length - 1 }, (_, i) => i).every((i) => row(i) === first);
}

/** @returns [movies, labels]; null if no training movie has ratings. */
function neighbours(
  train: readonly LabelledBaselineMovie[],
  movies: readonly BaselineMovie[],
  labels: readonly string[],
): Float32Array | null {
  const rated = train.filter(({ users }) => users.length > 0);
  if (rated.length === 0) return null;
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
