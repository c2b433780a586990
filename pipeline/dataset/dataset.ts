/** What every reader yields: typed rows, in the data set's own words, before any preprocessing. */

/** One movie's ratings, as parallel columns (views into buffers shared by the whole data set). */
export interface Ratings {
  /** Index of the user in `Dataset.users`. */
  readonly users: Uint32Array;
  /** Stars as given, in the data set's own range (1..5 for MovieLens). */
  readonly stars: Float32Array;
}

export interface LabelledMovie {
  readonly id: string;
  /** Title as written in the data set, a trailing "(1995)" and moved articles included. */
  readonly title: string;
  /** Release year where the data set has a column of its own for it. */
  readonly year?: number;
  /** Path of an existing poster file; absent when the movie has none. */
  readonly posterPath?: string;
  readonly ratings: Ratings;
  /** Genres, each one of `Dataset.labels`, without repeats. */
  readonly labels: readonly string[];
  readonly split: "train" | "test";
}

export interface User {
  readonly id: string;
  readonly gender?: string;
  /** Age code as in the data set (MovieLens: 1, 18, 25, 35, 45, 50, 56). */
  readonly age?: number;
  readonly occupation?: number;
}

/** A line or file that could not be used, said so that the user can find and mend it. */
export interface DataIssue {
  /** Path relative to the data set's folder. */
  readonly file: string;
  /** 1-based; absent when the whole file is meant. */
  readonly line?: number;
  readonly message: string;
  /** True where no row was lost, as when an optional file is absent; never fatal, strict or not. */
  readonly note?: true;
}

export interface Dataset {
  readonly name: string;
  /** True for the embedded sample: invented movies, no statement about real ones. */
  readonly synthetic: boolean;
  /** Label names in the order of the model's outputs. */
  readonly labels: readonly string[];
  readonly users: readonly User[];
  readonly movies: readonly LabelledMovie[];
  /** In the order in which they were found; of each file only the first ones are kept, the counts have them all. */
  readonly issues: readonly DataIssue[];
  /** How many issues each file has, notes aside; files without any are absent. */
  readonly issueCounts: Readonly<Record<string, number>>;
  /** How many notes each file has. */
  readonly noteCounts: Readonly<Record<string, number>>;
  /** SHA-256 (hex) over the tables' bytes, for provenance. */
  readonly sha256: string;
}
