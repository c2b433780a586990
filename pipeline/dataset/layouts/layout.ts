/** What a known layout of a folder is: how to tell it, and the description that it brings along. */

import { YEAR as MOVIE_YEAR } from "../../../predictor/movie.ts";

export interface Layout {
  /** For reports, e.g. "MovieLens' own layout". */
  readonly name: string;
  /** @param files Paths relative to the folder, with /, those of its folders included. */
  readonly matches: (files: ReadonlySet<string>) => boolean;
  /**
   * @param name Of the data set.
   * @returns A description, or the part of one that is certain: then the rest is guessed.
   */
  readonly describe: (
    name: string,
    files: ReadonlySet<string>,
  ) => Readonly<Record<string, unknown>>;
}

/** The year in brackets at the end of a title, which both layouts of MovieLens have. */
export const YEAR = { type: "number", from: "title", pattern: MOVIE_YEAR.from!.pattern };
