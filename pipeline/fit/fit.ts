/** The fit stage: splits the movies and fits preprocessing to the training movies alone. */

import { type MovieInputs, YEAR } from "../../predictor/movie.ts";
import { createMovieEncoder } from "../../predictor/movieEncoder.ts";
import { MAX_TITLE_CHARACTERS, parseTitle } from "../../predictor/preprocess/title.ts";
import type { Random } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import type { Dataset, LabelledMovie } from "../dataset/dataset.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { groupByPoster } from "../dataset/posters.ts";
import { validationSplit } from "../dataset/splits.ts";
import { boundDemographics } from "./demographics.ts";
import { fitPixels } from "./pixels.ts";
import { type EncodedMovie, encodeMovies, targetOf } from "./prepare.ts";
import { fitTermWeights } from "./termWeights.ts";
import { fitUserVectors, type UserVectors } from "./userVectors.ts";
import { fitVocabulary } from "./vocabulary.ts";
import {
  fitWordVectors,
  readWordVectors,
  type Supervision,
  type WordVectorFit,
} from "./wordVectors.ts";

export interface FitResult {
  readonly spec: MovieInputs;
  readonly userVectors: UserVectors;
  /** Pretrained word vectors, if the options name a file. */
  readonly words: WordVectorFit | undefined;
  /** Inverse document frequency per token id. */
  readonly termWeights: Float32Array;
  readonly pixels: { readonly mean: number; readonly std: number };
  /** Logits of the labels' shares among the training movies [L]. */
  readonly prior: Float32Array;
  readonly training: readonly EncodedMovie[];
  /** Held out of the train split for early stopping, gates and thresholds. */
  readonly validation: readonly EncodedMovie[];
  readonly test: readonly EncodedMovie[];
  /** Warnings about the data, for the user. */
  readonly notes: readonly string[];
}

/** Shares are clamped to at least this distance from 0 and 1, where a logit would be infinite. */
const MIN_SHARE = 1e-3;

export interface FitOptions {
  readonly config: Config;
  readonly dataset: Dataset;
  readonly posters: PosterStore;
  readonly random: Random;
  /**
   * Movies that preprocessing is fitted to, without looking at their labels; default: the training movies. Whatever needs
   * labels is fitted to the training movies in any case.
   */
  readonly basis?: readonly LabelledMovie[] | undefined;
}

/** @throws Error that names every movie the predictor would refuse; InputError where word vectors cannot be read. */
export async function fit(options: FitOptions): Promise<FitResult> {
  const { config, dataset, posters, random, basis } = options;
  const trainSplit = dataset.movies.filter((movie) => movie.split === "train");
  const testSplit = dataset.movies.filter((movie) => movie.split === "test");
  const { training, validation } = await split(trainSplit, dataset, config);

  const seen = basis ?? training;
  const { users, notes } = boundDemographics(dataset.users);
  const userVectors = fitUserVectors(seen, users, config.ratings.dimensions, random.fork("raters"));
  const titles = seen.map((movie) => movie.title);
  const vocabulary = fitVocabulary(titles, config.title.minTitles);
  const words = await fitWords(titles, vocabulary, config, {
    titles: training.map(({ title }) => title),
    targets: () => training.map((movie) => targetOf(movie, dataset.labels)),
    // With a basis, all folds need the same words, whatever their labels.
    choose: basis === undefined,
  });
  const spec: MovieInputs = {
    title: titleSpec(config.title, vocabulary, words),
    year: YEAR,
    poster: { type: "image", height: config.poster.height, width: config.poster.width },
    ratings: {
      type: "ratings",
      users: userVectors.users,
      groups: userVectors.groups,
      stars: starRange(dataset),
      maxRatings: config.ratings.maxRatings,
    },
  };
  const encoder = createMovieEncoder(spec);
  const encode = (movies: readonly LabelledMovie[]) =>
    encodeMovies(movies, { ...dataset, users }, encoder, posters);
  const encoded = encode(training);
  const encodedBasis = basis ? encode(basis) : encoded;
  return {
    spec,
    userVectors,
    words,
    termWeights: fitTermWeights(encodedBasis, spec.title),
    pixels: fitPixels(
      encodedBasis.flatMap((movie) => movie.posterPath ?? []),
      posters,
    ),
    prior: labelPrior(encoded, dataset.labels.length),
    training: encoded,
    validation: encode(validation),
    test: encode(testSplit),
    notes,
  };
}

function titleSpec(
  config: Config["title"],
  vocabulary: readonly string[],
  words: WordVectorFit | undefined,
): MovieInputs["title"] {
  return {
    type: "text",
    form: "title",
    maxCharacters: MAX_TITLE_CHARACTERS,
    maxWords: config.maxWords,
    piecesPerWord: config.piecesPerWord,
    vocabulary,
    vectorWords: words?.words ?? [],
    ngrams: { min: config.ngramMin, max: config.ngramMax, buckets: config.buckets },
  };
}

/** Candidate words read per word kept. */
const CANDIDATES = 5;

/** @param choose Whether labels may influence which words are kept. */
async function fitWords(
  titles: readonly string[],
  vocabulary: readonly string[],
  { title }: Config,
  {
    choose,
    titles: labelled,
    targets,
  }: {
    readonly choose: boolean;
    readonly titles: readonly string[];
    /** Of the same movies; called where words are chosen or projected by labels. */
    readonly targets: () => Supervision["targets"];
  },
): Promise<FitResult["words"]> {
  const { embeddings, embeddingsDimensions: dimensions, embeddingsWords: others } = title;
  if (embeddings === undefined) return undefined;
  const wanted = new Set(titles.flatMap((text) => parseTitle(text).words));
  const project = dimensions > 0;
  const vectors = await readWordVectors(embeddings, {
    wanted,
    others: others * (project && choose ? CANDIDATES : 1),
  });
  const supervision = project
    ? { titles: labelled, targets: targets(), dimensions, others }
    : undefined;
  return fitWordVectors(titles, vocabulary, vectors, supervision);
}

/** Training and validation movies of the train split; all of it for training if no validation is wanted. */
async function split(
  movies: readonly LabelledMovie[],
  { labels }: Dataset,
  { train, seed }: Config,
): Promise<{ training: readonly LabelledMovie[]; validation: readonly LabelledMovie[] }> {
  if (train.validation === 0) return { training: movies, validation: [] };
  const groups = await groupByPoster(movies);
  const parts = validationSplit(movies, labels, train.validation, seed, groups);
  const pick = (indices: readonly number[]) => indices.map((i) => movies[i]!);
  return { training: pick(parts.train), validation: pick(parts.validation) };
}

/** The range of stars over all splits: a small training part may not include both ends of the scale. */
function starRange({ movies }: Dataset): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const { ratings } of movies) {
    for (const stars of ratings.stars) {
      min = Math.min(min, stars);
      max = Math.max(max, stars);
    }
  }
  return min <= max ? { min, max } : { min: 1, max: 5 };
}

/** Logit of each label's share [L]: the prediction for a movie of which nothing is known. */
function labelPrior(movies: readonly EncodedMovie[], labels: number): Float32Array {
  const counts = new Float64Array(labels);
  for (const { target } of movies) {
    for (let label = 0; label < labels; label++) counts[label]! += target[label]!;
  }
  return Float32Array.from(counts, (count) => {
    const share = Math.min(1 - MIN_SHARE, Math.max(MIN_SHARE, count / movies.length));
    return Math.log(share / (1 - share));
  });
}
