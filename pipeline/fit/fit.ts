/** The fit stage: splits the movies and fits preprocessing to the training movies alone. */

import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { createItemEncoder } from "../../predictor/item.ts";
import type { Random } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import type { Dataset, LabelledMovie } from "../dataset/dataset.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { groupByPoster } from "../dataset/posters.ts";
import { validationSplit } from "../dataset/splits.ts";
import { type FittedInput, type FittedInputs, inputFitOf } from "../inputs/fit.ts";
import { boundDemographics } from "./demographics.ts";
import type { FitContext } from "./inputFit.ts";
import { type EncodedMovie, encodeMovies } from "./prepare.ts";

export interface FitResult {
  readonly inputs: FittedInputs;
  /** Of the same inputs. */
  readonly spec: InputSpecs;
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
  const context: FitContext = {
    config,
    dataset: { ...dataset, users },
    seen,
    training,
    basis,
    random,
  };
  const drafts: Record<string, FittedInput> = {};
  for (const [name, declared] of Object.entries(dataset.inputs)) {
    drafts[name] = await inputFitOf(declared).fit(name, declared, context);
  }
  const spec = Object.fromEntries(
    Object.entries(drafts).map(([name, draft]) => [name, draft.spec]),
  ) as InputSpecs;
  const encoder = createItemEncoder(spec);
  const encode = (movies: readonly LabelledMovie[]) =>
    encodeMovies(movies, context.dataset, encoder, posters);
  const encoded = encode(training);
  const encodedBasis = basis ? encode(basis) : encoded;
  const inputs = Object.entries(drafts).map(([name, draft]): [string, FittedInput] => [
    name,
    inputFitOf(draft).finish?.(name, draft, encodedBasis, posters) ?? draft,
  ]);
  return {
    inputs: Object.fromEntries(inputs),
    spec,
    prior: labelPrior(encoded, dataset.labels.length),
    training: encoded,
    validation: encode(validation),
    test: encode(testSplit),
    notes,
  };
}

/** Training and validation movies of the train split; all of it for training if no validation is wanted. */
async function split(
  movies: readonly LabelledMovie[],
  { labels, inputs }: Dataset,
  { train, seed }: Config,
): Promise<{ training: readonly LabelledMovie[]; validation: readonly LabelledMovie[] }> {
  if (train.validation === 0) return { training: movies, validation: [] };
  const groups = await groupByPoster(movies, inputs);
  const parts = validationSplit(movies, labels, train.validation, seed, groups);
  const pick = (indices: readonly number[]) => indices.map((i) => movies[i]!);
  return { training: pick(parts.train), validation: pick(parts.validation) };
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
