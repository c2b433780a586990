/** The fit stage: splits the movies and fits preprocessing to the training movies alone. */

import type { FileTexts } from "../../predictor/inputs/inputType.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { createItemEncoder, type OpenedInputs, openInputs } from "../../predictor/item.ts";
import type { Random } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import { type Dataset, declaredTarget, type LabelledMovie, nounsOf } from "../dataset/dataset.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { validationSplit } from "../dataset/splits.ts";
import type { DeclaredInput } from "../inputs/data.ts";
import { type FittedInput, type FittedInputs, inputFitOf, specsOf } from "../inputs/fit.ts";
import type { FittedTarget } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { columnsToLeaveOut, type LeftOutInput } from "./columnsLeftOut.ts";
import { boundDemographics } from "./demographics.ts";
import type { FitContext } from "./inputFit.ts";
import { type EncodedMovie, encodeMovies, fitTarget } from "./prepare.ts";

export interface FitResult {
  readonly inputs: FittedInputs;
  /** Specs of the same inputs. */
  readonly spec: InputSpecs;
  /** Files that reading the inputs needs, for the bundle: contents by name. */
  readonly files: FileTexts;
  /** What the predictor makes of them. */
  readonly opened: OpenedInputs;
  /** The target, fitted to the training movies. */
  readonly target: FittedTarget;
  readonly training: readonly EncodedMovie[];
  /** Held out of the train split for early stopping, gates and thresholds. */
  readonly validation: readonly EncodedMovie[];
  readonly test: readonly EncodedMovie[];
  /** Columns of tables that are read as if no item had them. */
  readonly leftOut: readonly LeftOutInput[];
  /** Warnings about the data and options that do not go together, for the user. */
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
  const { training, validation } = split(trainSplit, dataset, config);

  const target = fitTarget(training, dataset);
  const seen = basis ?? training;
  const bounded = Object.entries(dataset.users).map(
    ([name, users]) => [name, boundDemographics(users)] as const,
  );
  const users = Object.fromEntries(bounded.map(([name, { users }]) => [name, users]));
  const context: FitContext = {
    config,
    dataset: { ...dataset, users },
    seen,
    training,
    target,
    basis,
    random,
  };
  const drafts: Record<string, FittedInput> = {};
  for (const [name, declared] of Object.entries(dataset.inputs)) {
    const draft = await inputFitOf(declared).fit(name, declared, context);
    drafts[name] = asDeclared(draft, declared);
  }
  const leftOut = columnsToLeaveOut(specsOf(drafts), seen, nounsOf(dataset));
  for (const { input } of leftOut) drafts[input] = withoutValues(drafts[input]!);
  const spec = specsOf(drafts);
  const files: FileTexts = Object.assign(
    {},
    ...Object.values(drafts).map((draft) => ("files" in draft ? draft.files : {})),
  );
  const opened = await openInputs(spec, files);
  const encoder = createItemEncoder(spec, opened);
  const encode = (movies: readonly LabelledMovie[]) =>
    encodeMovies(movies, context.dataset, encoder, posters, target);
  const encoded = encode(training);
  const encodedBasis = basis ? encode(basis) : encoded;
  const inputs = Object.entries(drafts).map(([name, draft]): [string, FittedInput] => [
    name,
    inputFitOf(draft).finish?.(name, draft, encodedBasis, posters) ?? draft,
  ]);
  return {
    inputs: Object.fromEntries(inputs),
    spec,
    files,
    opened,
    target,
    training: encoded,
    validation: encode(validation),
    test: encode(testSplit),
    leftOut,
    notes: [
      ...bounded.flatMap(([name, { notes }]) =>
        notes.map((note) => (bounded.length > 1 ? `${name}: ${note}` : note)),
      ),
      // Texts of one group have the same.
      ...new Set(
        Object.values(drafts).flatMap((draft) => ("notes" in draft ? (draft.notes ?? []) : [])),
      ),
    ],
  };
}

/**
 * The texts that mean "no value" and the column's name are the description's, for every type of input: predictions read
 * tables by them, too.
 */
function asDeclared(draft: FittedInput, { column, missing }: DeclaredInput): FittedInput {
  const said = { ...(column === undefined ? {} : { column }), ...(missing && { missing }) };
  return { ...draft, spec: { ...draft.spec, ...said } } as FittedInput;
}

/** The same for every item, whatever value it has. */
function withoutValues(draft: FittedInput): FittedInput {
  return { ...draft, spec: { ...draft.spec, ignored: true } } as FittedInput;
}

/**
 * Training and validation movies of the train split: as the data set declares them, or else by a share; all of it for
 * training if no validation is wanted.
 */
function split(
  movies: readonly LabelledMovie[],
  dataset: Dataset,
  { train, seed }: Config,
): { training: readonly LabelledMovie[]; validation: readonly LabelledMovie[] } {
  if (train.validation === 0) return { training: movies, validation: [] };
  if (movies.some(({ validation }) => validation)) {
    return {
      training: movies.filter(({ validation }) => !validation),
      validation: movies.filter(({ validation }) => validation),
    };
  }
  const groups = movies.map(({ group }) => group);
  const strata = rulesOf(declaredTarget(dataset)).strata(movies, dataset.labels);
  const parts = validationSplit(strata, train.validation, seed, groups);
  const pick = (indices: readonly number[]) => indices.map((i) => movies[i]!);
  return { training: pick(parts.train), validation: pick(parts.validation) };
}
