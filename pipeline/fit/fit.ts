/** The fit stage: splits the movies and learns, from the training movies alone, what preprocessing has to know. */

import { createMovieEncoder, type PreprocessSpec } from "../../predictor/preprocess/features.ts";
import { parseTitle } from "../../predictor/preprocess/title.ts";
import type { Random } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import type { Dataset, LabelledMovie } from "../dataset/dataset.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { groupByPoster } from "../dataset/posters.ts";
import { validationSplit } from "../dataset/splits.ts";
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
  readonly spec: PreprocessSpec;
  readonly userVectors: UserVectors;
  /** Where there are word vectors from elsewhere. */
  readonly words: WordVectorFit | undefined;
  /** Inverse document frequency per token id. */
  readonly termWeights: Float32Array;
  readonly pixels: { readonly mean: number; readonly std: number };
  /** Logits of the labels' shares among the training movies [L]. */
  readonly prior: Float32Array;
  readonly training: readonly EncodedMovie[];
  /** Held out of the train split: early stopping, gates and thresholds. */
  readonly validation: readonly EncodedMovie[];
  readonly test: readonly EncodedMovie[];
}

/** Shares are kept this far from 0 and 1, where a logit would be infinite. */
const MIN_SHARE = 1e-3;

/**
 * @param basis What preprocessing is fitted to, labels unseen; left out, the training movies. What needs labels is fitted to
 *   the training movies in any case.
 */
export async function fit(
  config: Config,
  dataset: Dataset,
  posters: PosterStore,
  random: Random,
  basis?: readonly LabelledMovie[],
): Promise<FitResult> {
  const trainSplit = dataset.movies.filter((movie) => movie.split === "train");
  const testSplit = dataset.movies.filter((movie) => movie.split === "test");
  const { training, validation } = await split(trainSplit, dataset, config);

  const seen = basis ?? training;
  const userVectors = fitUserVectors(
    seen,
    dataset.users,
    config.ratings.dimensions,
    random.fork("raters"),
  );
  const titles = seen.map((movie) => movie.title);
  const vocabulary = fitVocabulary(titles, config.title.minTitles);
  const words = await fitWords(titles, vocabulary, config, {
    titles: training.map(({ title }) => title),
    targets: training.map((movie) => targetOf(movie, dataset.labels)),
    // All folds need the same words.
    choose: basis === undefined,
  });
  const spec: PreprocessSpec = {
    title: {
      maxWords: config.title.maxWords,
      piecesPerWord: config.title.piecesPerWord,
      vocabulary,
      vectorWords: words?.words ?? [],
      ngrams: {
        min: config.title.ngramMin,
        max: config.title.ngramMax,
        buckets: config.title.buckets,
      },
    },
    poster: { height: config.poster.height, width: config.poster.width },
    ratings: {
      users: userVectors.users,
      groups: userVectors.groups,
      stars: starRange(dataset),
      maxRatings: config.ratings.maxRatings,
    },
  };
  const encoder = createMovieEncoder(spec);
  const prepare = (movies: readonly LabelledMovie[]) =>
    encodeMovies(movies, dataset, encoder, posters);
  const prepared = prepare(training);
  const preparedBasis = basis ? prepare(basis) : prepared;
  return {
    spec,
    userVectors,
    words,
    termWeights: fitTermWeights(preparedBasis, spec.title),
    pixels: fitPixels(
      preparedBasis.flatMap((movie) => movie.posterPath ?? []),
      posters,
    ),
    prior: labelPrior(prepared, dataset.labels.length),
    training: prepared,
    validation: prepare(validation),
    test: prepare(testSplit),
  };
}

/** From so many times as many words the best are chosen. */
const CANDIDATES = 5;

/** @param choose Whether labels may have a say in which words are kept. */
async function fitWords(
  titles: readonly string[],
  vocabulary: readonly string[],
  { title }: Config,
  { choose, ...labelled }: Pick<Supervision, "titles" | "targets"> & { choose: boolean },
): Promise<FitResult["words"]> {
  const { embeddings, embeddingsDimensions: dimensions, embeddingsWords: others } = title;
  if (embeddings === undefined) return undefined;
  const wanted = new Set(titles.flatMap((text) => parseTitle(text).words));
  const project = dimensions > 0;
  const found = await readWordVectors(embeddings, {
    wanted,
    others: others * (project && choose ? CANDIDATES : 1),
  });
  const supervision = project ? { ...labelled, dimensions, others } : undefined;
  return fitWordVectors(titles, vocabulary, found, supervision);
}

async function split(movies: readonly LabelledMovie[], dataset: Dataset, config: Config) {
  const { training, validation } = await (async () => {
    if (config.train.validation === 0) {
      return { training: [...movies.keys()], validation: [] };
    }
    const parts = validationSplit(
      movies,
      dataset.labels,
      config.train.validation,
      config.seed,
      await groupByPoster(movies),
    );
    return { training: parts.train, validation: parts.validation };
  })();
  const pick = (indices: readonly number[]) => indices.map((i) => movies[i]!);
  return { training: pick(training), validation: pick(validation) };
}

/** The scale that users use, over all splits: a small training part need not show both of its ends. */
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

/** Logit of each label's share: the answer when nothing is known of a movie. */
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
