/** What is asked of a model and what it answers, as they cross the border between threads. */

import type { Answer } from "../../predictor/answer.ts";
import type { Rating } from "../../predictor/preprocess/ratings.ts";

/** A movie whose poster is a file, or pixels that were decoded before. */
export interface AskedMovie {
  readonly title?: string | undefined;
  readonly year?: number | undefined;
  readonly ratings?: readonly Rating[] | undefined;
  /** JPEG, PNG, WebP, AVIF or GIF. */
  readonly file?: Uint8Array | undefined;
  /** uint8 [height, width, 3] of the size that the graph reads; counts before `file`. */
  readonly pixels?: Uint8Array | undefined;
}

export interface Question {
  readonly movie: AskedMovie;
  /** Genres in the answer; undefined: all. */
  readonly topK?: number | undefined;
  /** Probability from which a genre is among the labels; undefined: each genre's own. */
  readonly threshold?: number | undefined;
  readonly explain?: boolean | undefined;
}

/** Errors lose their kind between threads: what is wrong with the movie is an answer, too. */
export interface Reply {
  readonly answer?: Answer;
  readonly fault?: { readonly field: string; readonly detail: string };
  /** Of the file, decoded and scaled. */
  readonly pixels?: Uint8Array;
  /** What that took. */
  readonly decodeSeconds?: number;
  /** No answer yet: the file is so large that it must be decoded elsewhere, and asked again as pixels. */
  readonly isLarge?: boolean;
}
