/** The messages between the tests and the worker in a browser. */

import type { Movie } from "../../../predictor/movie.ts";

export interface ParityJob {
  /** An image file in base64. */
  readonly file: string;
  /** Predictions to make from the poster, each together with these inputs. */
  readonly predict?: readonly Omit<Movie, "poster">[];
}

export type ParityResult = ParityAnswers | { readonly refusal: string };

export interface ParityAnswers {
  readonly width: number;
  readonly height: number;
  /** SHA-256 of the decoded pixels and of the poster that the graph reads, in hexadecimal. */
  readonly pixels: string;
  readonly tensor: string;
  /** For each prediction, one per label. */
  readonly probabilities: readonly (readonly number[])[];
}

/** RGBA, row by row. */
export interface NativeImage {
  readonly width: number;
  readonly height: number;
  readonly data: readonly number[];
}

declare global {
  /** In the page: results in the jobs' order. Rejects if the worker fails for another reason than a file. */
  var runParityJobs: (jobs: readonly ParityJob[]) => Promise<ParityResult[]>;
  /** In the page. */
  var altersCanvas: () => boolean;
  /** In the page: an image file, in base64, as Chromium's own decoder shows it. */
  var decodeNatively: (file: string) => Promise<NativeImage>;
}
