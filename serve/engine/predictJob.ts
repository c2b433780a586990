/** Messages to a worker thread and back: a movie to predict, and its answer. */

import type { Answer, AnswerOptions } from "../../predictor/answer.ts";
import type { Rating } from "../../predictor/preprocess/ratings.ts";

/** A movie whose poster is a file, or pixels that were decoded before. */
export interface JobMovie {
  readonly title?: string | undefined;
  readonly year?: number | undefined;
  readonly ratings?: readonly Rating[] | undefined;
  /** JPEG, PNG, WebP, AVIF or GIF. */
  readonly file?: Uint8Array | undefined;
  /** uint8 [height, width, 3] of the size that the graph reads; counts before `file`. */
  readonly pixels?: Uint8Array | undefined;
}

export interface PredictJob extends AnswerOptions {
  readonly movie: JobMovie;
  readonly explain?: boolean | undefined;
}

/** Errors lose their class between threads: what is wrong with the movie is a result, too. */
export interface PredictResult {
  readonly answer?: Answer;
  readonly issue?: { readonly field: string; readonly detail: string };
  /** Of the file, decoded and scaled. */
  readonly pixels?: Uint8Array;
  /** How long decoding took. */
  readonly decodeSeconds?: number;
  /** No answer yet: the file is so large that it must be decoded elsewhere, and sent again as pixels. */
  readonly isLarge?: boolean;
}
