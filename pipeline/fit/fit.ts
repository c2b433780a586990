/** The fit stage: splits the movies and fits preprocessing to the training movies alone. */

import { wordsOf } from "../../predictor/inputs/text.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { createItemEncoder } from "../../predictor/item.ts";
import type { Random } from "../common/random.ts";
import { type InputOptions, optionsOf } from "../config/inputOptions.ts";
import type { Config } from "../config/schema.ts";
import { type Dataset, declaredTarget, type LabelledMovie } from "../dataset/dataset.ts";
import { type DeclaredInput, ratingsOf, textOf } from "../dataset/inputs.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { groupByPoster } from "../dataset/posters.ts";
import { validationSplit } from "../dataset/splits.ts";
import type { FittedTarget } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { boundDemographics } from "./demographics.ts";
import type {
  FittedImage,
  FittedInput,
  FittedInputs,
  NumberInput,
  RatingsInput,
  TextInput,
} from "./fittedInputs.ts";
import { fitPixels } from "./pixels.ts";
import { type EncodedMovie, encodeMovies, fitTarget } from "./prepare.ts";
import { fitTermWeights } from "./termWeights.ts";
import { fitUserVectors } from "./userVectors.ts";
import { fitVocabulary } from "./vocabulary.ts";
import {
  fitWordVectors,
  readWordVectors,
  type Supervision,
  type WordVectorFit,
} from "./wordVectors.ts";

export interface FitResult {
  readonly inputs: FittedInputs;
  /** Of the same inputs. */
  readonly spec: InputSpecs;
  /** Of the training movies. */
  readonly target: FittedTarget;
  readonly training: readonly EncodedMovie[];
  /** Held out of the train split for early stopping, gates and thresholds. */
  readonly validation: readonly EncodedMovie[];
  readonly test: readonly EncodedMovie[];
  /** Warnings about the data, for the user. */
  readonly notes: readonly string[];
}

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

  const target = fitTarget(training, dataset);
  const seen = basis ?? training;
  const { users, notes } = boundDemographics(dataset.users);
  const context: FitContext = {
    config,
    dataset: { ...dataset, users },
    seen,
    training,
    target,
    basis,
    random,
  };
  const drafts: Record<string, Draft> = {};
  for (const [name, declared] of Object.entries(dataset.inputs)) {
    drafts[name] = await draftOf(name, declared, context);
  }
  const spec = Object.fromEntries(
    Object.entries(drafts).map(([name, draft]) => [name, draft.spec]),
  ) as InputSpecs;
  const encoder = createItemEncoder(spec);
  const encode = (movies: readonly LabelledMovie[]) =>
    encodeMovies(movies, context.dataset, encoder, posters, target);
  const encoded = encode(training);
  const encodedBasis = basis ? encode(basis) : encoded;
  const inputs = Object.entries(drafts).map(([name, draft]): [string, FittedInput] => [
    name,
    finish(name, draft, encodedBasis, posters),
  ]);
  return {
    inputs: Object.fromEntries(inputs),
    spec,
    target,
    training: encoded,
    validation: encode(validation),
    test: encode(testSplit),
    notes,
  };
}

interface FitContext {
  readonly config: Config;
  readonly dataset: Dataset;
  /** Movies that preprocessing is fitted to. */
  readonly seen: readonly LabelledMovie[];
  readonly training: readonly LabelledMovie[];
  readonly target: FittedTarget;
  readonly basis: readonly LabelledMovie[] | undefined;
  readonly random: Random;
}

/** An input without what is fitted to encoded movies. */
type Draft =
  | Omit<TextInput, "termWeights">
  | Omit<FittedImage, "pixels">
  | RatingsInput
  | NumberInput;

async function draftOf(name: string, declared: DeclaredInput, context: FitContext): Promise<Draft> {
  const { config, dataset } = context;
  switch (declared.type) {
    case "text":
      return fitText(name, declared, context);
    case "image": {
      const options = optionsOf(config, name, "image");
      const { height, width } = options;
      return { type: "image", spec: { type: "image", height, width }, options };
    }
    case "number":
      return { type: "number", spec: declared };
    case "ratings": {
      const options = optionsOf(config, name, "ratings");
      const movies = context.seen.map((movie) => ({ ratings: ratingsOf(movie, name) }));
      const userVectors = fitUserVectors(
        movies,
        dataset.users,
        options.dimensions,
        context.random.fork("raters"),
      );
      const { users, groups } = userVectors;
      const stars = starRange(dataset, name);
      const { maxRatings } = options;
      const spec = { type: "ratings" as const, users, groups, stars, maxRatings };
      return { type: "ratings", spec, options, userVectors };
    }
  }
}

function finish(
  name: string,
  draft: Draft,
  movies: readonly EncodedMovie[],
  posters: PosterStore,
): FittedInput {
  if (draft.type === "text") {
    return { ...draft, termWeights: fitTermWeights(movies, name, draft.spec) };
  }
  if (draft.type === "image") {
    const paths = movies.flatMap((movie) => movie.posterPath ?? []);
    return { ...draft, pixels: fitPixels(paths, posters) };
  }
  return draft;
}

async function fitText(
  name: string,
  { form, maxCharacters }: DeclaredInput & { readonly type: "text" },
  { config, seen, training, target, basis }: FitContext,
): Promise<Omit<TextInput, "termWeights">> {
  const options = optionsOf(config, name, "text");
  const textsOf = (movies: readonly LabelledMovie[]) =>
    movies.map((movie) => wordsOf(textOf(movie, name), { form }));
  const texts = textsOf(seen);
  const vocabulary = fitVocabulary(texts, options.minTitles);
  const words = await fitWords(name, texts, vocabulary, options, {
    texts: textsOf(training),
    target,
    targets: () => training.map((movie) => rulesOf(target).encode(movie, target)),
    // With a basis, all folds need the same words, whatever their labels.
    choose: basis === undefined,
  });
  const { maxWords, piecesPerWord, ngramMin: min, ngramMax: max, buckets } = options;
  const spec = {
    type: "text" as const,
    form,
    maxCharacters,
    maxWords,
    piecesPerWord,
    vocabulary,
    vectorWords: words?.words ?? [],
    ngrams: { min, max, buckets },
  };
  return { type: "text", spec, options, words };
}

/** Candidate words read per word kept. */
const CANDIDATES = 5;

interface Labelled {
  /** Whether labels may influence which words are kept. */
  readonly choose: boolean;
  readonly texts: Supervision["texts"];
  readonly target: FittedTarget;
  /** Of the same movies; called where words are chosen or projected by labels. */
  readonly targets: () => Supervision["targets"];
}

async function fitWords(
  name: string,
  texts: readonly (readonly string[])[],
  vocabulary: readonly string[],
  options: InputOptions["text"],
  { choose, texts: labelled, target, targets }: Labelled,
): Promise<WordVectorFit | undefined> {
  const { embeddings, embeddingsDimensions: dimensions, embeddingsWords: others } = options;
  if (embeddings === undefined) return undefined;
  const project = dimensions > 0;
  const vectors = await readWordVectors(embeddings, {
    wanted: new Set(texts.flat()),
    others: others * (project && choose ? CANDIDATES : 1),
    field: `${name}.embeddings`,
  });
  const supervision = project
    ? { texts: labelled, target, targets: targets(), dimensions, others }
    : undefined;
  return fitWordVectors(texts, vocabulary, vectors, supervision);
}

/** Training and validation movies of the train split; all of it for training if no validation is wanted. */
async function split(
  movies: readonly LabelledMovie[],
  dataset: Dataset,
  { train, seed }: Config,
): Promise<{ training: readonly LabelledMovie[]; validation: readonly LabelledMovie[] }> {
  if (train.validation === 0) return { training: movies, validation: [] };
  const groups = await groupByPoster(movies, dataset.inputs);
  const strata = rulesOf(declaredTarget(dataset)).strata(movies, dataset.labels);
  const parts = validationSplit(strata, train.validation, seed, groups);
  const pick = (indices: readonly number[]) => indices.map((i) => movies[i]!);
  return { training: pick(parts.train), validation: pick(parts.validation) };
}

/** The range of stars over all splits: a small training part may not include both ends of the scale. */
function starRange({ movies }: Dataset, name: string): { min: number; max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const movie of movies) {
    for (const stars of ratingsOf(movie, name).stars) {
      min = Math.min(min, stars);
      max = Math.max(max, stars);
    }
  }
  return min <= max ? { min, max } : { min: 1, max: 5 };
}
