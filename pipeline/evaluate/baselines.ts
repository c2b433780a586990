/** Baselines that a model has to beat: the prior, a linear model of texts and tables, and neighbours by ratings. */

import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { groupOf } from "../../predictor/item.ts";
import type { Nouns } from "../../predictor/nouns.ts";
import {
  type DeclaredInputs,
  foundNumber,
  ratingsNames,
  ratingsOf,
  textNames,
  textOf,
} from "../dataset/inputs.ts";
import { type EncodedMovie, targetsOf, truthOf } from "../fit/prepare.ts";
import { NoMinimumError } from "../regression/newton.ts";
import { joinColumns, predictAll, type SparseRows } from "../regression/sparseRows.ts";
import type { FittedTarget } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { nearestByUsers } from "./neighbours.ts";
import { tableColumns } from "./tableColumns.ts";
import { fitTitleFeatures, type TitledMovie, titleRows } from "./tfidf.ts";

export interface Baseline {
  readonly name: string;
  /** The groups of inputs that it reads; empty for one that always answers the same. */
  readonly inputs: readonly string[];
  /** [movies, outputs]; null if the training movies have nothing to fit it to. */
  readonly scores: Float32Array | null;
}

/** Best of 1, 3 and 10 by five-fold cross-validation on the train split of MovieLens-1M. */
const C = 3;

export interface BaselineOptions {
  /** Movies to learn from. */
  readonly train: readonly EncodedMovie[];
  /** Movies to answer for. */
  readonly movies: readonly EncodedMovie[];
  /** That the data set declares. */
  readonly inputs: DeclaredInputs;
  readonly specs: InputSpecs;
  readonly target: FittedTarget;
  readonly nouns: Nouns;
}

/**
 * Scores of all baselines on `movies`, fitted to `train`.
 *
 * @throws Error if there is no training movie.
 */
export function baselines(options: BaselineOptions): Baseline[] {
  const { train, movies, inputs, target, nouns } = options;
  if (train.length === 0) throw new Error("baselines: expected at least one training item, got 0");
  const rules = rulesOf(target);
  const constant = rules.constant(
    train.map(({ source }) => source),
    target.outputs,
  );
  return [
    {
      name: rules.baselines.constant(nouns),
      inputs: [],
      scores: repeated(constant, movies.length),
    },
    ...linear(options),
    ...ratingsNames(inputs).map((input, _, { length }) => ({
      name: length > 1 ? `ratings (${input}), nearest neighbours` : `ratings, nearest neighbours`,
      inputs: groupsRead([input], options),
      scores: neighbours(input, options, constant),
    })),
  ];
}

/** The same answer for every movie. */
function repeated(answer: Float32Array, movies: number): Float32Array {
  return Float32Array.from(
    { length: movies * answer.length },
    (_, i) => answer[i % answer.length]!,
  );
}

/**
 * The target's regression on the TF-IDF of the texts' words and the decade, and on tables.
 *
 * @returns No scores if the training movies are all the same; nothing if they have neither texts nor tables.
 */
function linear({ train, movies, inputs, specs, target }: BaselineOptions): Baseline[] {
  const texts = textNames(inputs);
  const table = tableColumns(train, movies, specs);
  if (texts.length === 0 && table.names.length === 0) return [];
  const ofTexts =
    texts.join() === "title" && foundNumber(inputs) !== undefined
      ? ["title TF-IDF + decade"]
      : texts.length > 0
        ? [`${texts.join(" + ")} TF-IDF`]
        : [];
  const rules = rulesOf(target);
  const name = [[...ofTexts, ...shortened(table.names)].join(" + "), rules.baselines.linear].join(
    ", ",
  );
  const read = groupsRead([...texts, ...table.names], { specs });
  const titles = titled(train, inputs);
  const features = fitTitleFeatures(titles);
  const rows = joinColumns([titleRows(features, titles), table.train]);
  if (allEqual(rows)) return [{ name, inputs: read, scores: null }];
  try {
    const models = [...rules.regress(rows, targetsOf(train), target.outputs.length, C)];
    const logits = predictAll(
      joinColumns([titleRows(features, titled(movies, inputs)), table.movies]),
      models,
    );
    return [{ name, inputs: read, scores: rules.answers(logits, target) }];
  } catch (error) {
    // A comparison must not end a run after its training.
    if (error instanceof NoMinimumError) return [{ name, inputs: read, scores: null }];
    throw error;
  }
}

/** Inputs that the model leaves out have no specification, and are groups by themselves. */
function groupsRead(names: readonly string[], { specs }: Pick<BaselineOptions, "specs">) {
  const groups = names.map((name) => (specs[name] ? groupOf(name, specs[name]) : name));
  return [...new Set(groups)];
}

/** Names of so many columns would fill a line. */
const MOST_NAMES = 3;

function shortened(names: readonly string[]): readonly string[] {
  return names.length > MOST_NAMES ? [`${names.length} numbers and categories`] : names;
}

function titled(movies: readonly EncodedMovie[], inputs: DeclaredInputs): TitledMovie[] {
  const texts = textNames(inputs);
  const year = foundNumber(inputs);
  return movies.map(({ source }) => {
    const value = year === undefined ? undefined : source.values[year];
    return {
      title: texts.map((name) => textOf(source, name)).join(" "),
      ...(typeof value === "number" ? { year: value } : {}),
    };
  });
}

function allEqual({ offsets, indices, values }: SparseRows): boolean {
  const row = (i: number) =>
    [indices, values].map((list) => list.slice(offsets[i]!, offsets[i + 1]!).join()).join(";");
  const first = row(0);
  return Array.from({ length: offsets.length - 1 }, (_, i) => i).every((i) => row(i) === first);
}

/** @returns [movies, outputs]; null if no training movie has ratings. */
function neighbours(
  input: string,
  { train, movies, target }: BaselineOptions,
  constant: Float32Array,
): Float32Array | null {
  const usersOf = ({ source }: EncodedMovie) => ratingsOf(source, input).users;
  const rated = train.filter((movie) => usersOf(movie).length > 0);
  if (rated.length === 0) return null;
  return nearestByUsers(rated.map(usersOf), truthOf(rated, target), movies.map(usersOf), constant);
}
