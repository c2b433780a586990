/** A data set as read: typed rows with the data set's own values, before any preprocessing. */

import { MOVIE_NOUNS, type Nouns } from "../../predictor/nouns.ts";
import type { DeclaredTarget } from "../targets/targetRules.ts";
import { DEFAULT_TARGET } from "../targets/types.ts";
import type { DeclaredInputs } from "./declaredInput.ts";

/** One movie's ratings as parallel columns (views into buffers shared by the whole data set). */
export interface Ratings {
  /** Index of the user in `Dataset.users`. */
  readonly users: Uint32Array;
  /** Stars as given, in the data set's own range (1..5 for MovieLens). */
  readonly stars: Float32Array;
}

/** Text, a number, the path of an image file, or ratings. */
export type Value = string | number | Ratings;

export interface LabelledMovie {
  readonly id: string;
  /** As in the data set, by the names of its inputs; those that the movie does not have are absent. */
  readonly values: Readonly<Record<string, Value>>;
  /** Genres, each one of `Dataset.labels`, without repeats; empty where the target is a number. */
  readonly labels: readonly string[];
  /** What is to be predicted, where that is a number. */
  readonly value?: number | undefined;
  readonly split: "train" | "test";
}

export interface User {
  readonly id: string;
  readonly gender?: string;
  /** Age code as in the data set (MovieLens: 1, 18, 25, 35, 45, 50, 56). */
  readonly age?: number;
  readonly occupation?: number;
}

/** A line or file that could not be used, described so that the user can find and fix it. */
export interface DataIssue {
  /** Path relative to the data set's folder. */
  readonly file: string;
  /** 1-based; absent if the issue is about the whole file. */
  readonly line?: number;
  readonly message: string;
  /** True if no row was lost, for instance when an optional file is absent; never fatal, even in strict mode. */
  readonly note?: true;
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
  readonly users: readonly User[];
  readonly movies: readonly LabelledMovie[];
  /** In the order found. Only each file's first ones are kept; the counts below include all of them. */
  readonly issues: readonly DataIssue[];
  /** Number of issues per file, without notes; files without issues are absent. */
  readonly issueCounts: Readonly<Record<string, number>>;
  /** Number of notes per file. */
  readonly noteCounts: Readonly<Record<string, number>>;
  /** SHA-256 (hex) of the tables' bytes, for provenance. */
  readonly sha256: string;
}
