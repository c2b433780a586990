/** What data sets consist of: values, users, and what could not be used. */

/** One movie's ratings as parallel columns (views into buffers shared by the whole data set). */
export interface Ratings {
  /** Index of the user in the input's list of `Dataset.users`. */
  readonly users: Uint32Array;
  /** Stars as given, in the data set's own range (1..5 for MovieLens). */
  readonly stars: Float32Array;
}

/** A sequence: steps of as many numbers each. */
export type Steps = readonly (readonly number[])[];

/** Text, a number, the path of an image file, ratings, categories, or a sequence. */
export type Value = string | number | Ratings | readonly string[] | Steps;

export interface User {
  readonly id: string;
  readonly gender?: string;
  /** Age code as in the data set (MovieLens: 1, 18, 25, 35, 45, 50, 56). */
  readonly age?: number;
  readonly occupation?: number;
}

/** A row of a table. */
export interface TablePlace {
  /** Path relative to the data set's folder. */
  readonly file: string;
  readonly line: number;
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
