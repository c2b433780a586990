/** What the tests ask the worker in Chromium, and what it answers. */

import type { Movie } from "../../../predictor/preprocess/features.ts";

/** An image file in base64. */
export interface Question {
  readonly file: string;
  /** What else to say of its movie, for each answer that the graph is to give. */
  readonly predict?: readonly Omit<Movie, "poster">[];
}

export type Outcome = Decoded | { readonly refusal: string };

export interface Decoded {
  readonly width: number;
  readonly height: number;
  /** SHA-256 of the decoded pixels and of the poster that the graph reads, in hexadecimal. */
  readonly pixels: string;
  readonly tensor: string;
  /** Of every answer asked for, label by label. */
  readonly probabilities: readonly (readonly number[])[];
}

/** RGBA, row by row. */
export interface NativeImage {
  readonly width: number;
  readonly height: number;
  readonly data: readonly number[];
}

declare global {
  /** In the page: rejects where the worker failed for another reason than the file. */
  var ask: (question: Question) => Promise<Outcome>;
  /** In the page: the file, in base64, as Chromium's own decoder has it. */
  var show: (file: string) => Promise<NativeImage>;
}
