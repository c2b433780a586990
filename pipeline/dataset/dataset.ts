/** A data set as read: typed rows with the data set's own values, before any preprocessing. */

import { MOVIE_NOUNS, type Nouns } from "../../predictor/nouns.ts";
import type { DeclaredInputs } from "../inputs/data.ts";
import type { DeclaredTarget } from "../targets/targetRules.ts";
import { DEFAULT_TARGET } from "../targets/types.ts";
import type { DataIssue, TablePlace, User, Value } from "./values.ts";

export type { DataIssue, Ratings, Steps, TablePlace, User, Value } from "./values.ts";

export interface LabelledMovie {
  readonly id: string;
  /** As in the data set, by the names of its inputs; those that the movie does not have are absent. */
  readonly values: Readonly<Record<string, Value>>;
  /** Genres, each one of `Dataset.labels`, without repeats; empty where the target is a number. */
  readonly labels: readonly string[];
  /** What is to be predicted, where that is a number. */
  readonly value?: number | undefined;
  readonly split: "train" | "test";
  /** True for those of the train split that the data set declares for validation. */
  readonly validation?: true;
  /** Movies with equal ones stay on one side wherever they are split; undefined for those on their own. */
  readonly group?: string | undefined;
}

/** Those of movies unless the data set has its own. */
export function nounsOf({ nouns }: Pick<Dataset, "nouns">): Nouns {
  return nouns ?? MOVIE_NOUNS;
}

/** Whether texts for people may speak of movies and their posters. */
export function isMovies({ nouns }: Pick<Dataset, "nouns">): boolean {
  return nouns === undefined;
}

/** Labels unless the data set says something else. */
export function declaredTarget({ target }: Pick<Dataset, "target">): DeclaredTarget {
  return target ?? DEFAULT_TARGET;
}

export interface Dataset {
  readonly name: string;
  readonly nouns?: Nouns | undefined;
  /** True for the embedded sample: its movies are invented, and scores on it say nothing about real ones. */
  readonly synthetic: boolean;
  readonly inputs: DeclaredInputs;
  /** See `declaredTarget`. */
  readonly target?: DeclaredTarget | undefined;
  /** Names of the model's outputs, in order: labels, classes, or that of a number. */
  readonly labels: readonly string[];
  /** By input with ratings. Whoever is in two of them is two users. */
  readonly users: Readonly<Record<string, readonly User[]>>;
  readonly movies: readonly LabelledMovie[];
  /** Where in the tables files come from whose content is there, by path. */
  readonly madeFiles?: ReadonlyMap<string, TablePlace> | undefined;
  /** In the order found. Only each file's first ones are kept; the counts below include all of them. */
  readonly issues: readonly DataIssue[];
  /** Number of issues per file, without notes; files without issues are absent. */
  readonly issueCounts: Readonly<Record<string, number>>;
  /** Number of notes per file. */
  readonly noteCounts: Readonly<Record<string, number>>;
  /** SHA-256 (hex) of the tables' bytes, for provenance. */
  readonly sha256: string;
}
