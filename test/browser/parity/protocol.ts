/** What the tests ask the worker in Chromium, and what it answers. */

import type { Movie } from "../../../predictor/preprocess/features.ts";

/** An image file in base64, and what else is known of its movie. */
export interface Question {
  readonly file: string;
  /** Whether the graph is to be asked too. */
  readonly predict?: Omit<Movie, "poster">;
}

export type Outcome = Decoded | { readonly refusal: string };

export interface Decoded {
  readonly width: number;
  readonly height: number;
  /** SHA-256 of the decoded pixels and of the poster that the graph reads, in hexadecimal. */
  readonly pixels: string;
  readonly tensor: string;
  /** Of the movie by its poster alone, and by all that is known; label by label. Where they were asked for. */
  readonly probabilities?: readonly (readonly number[])[];
}

declare global {
  /** In the page: rejects where the worker failed for another reason than the file. */
  var ask: (question: Question) => Promise<Outcome>;
}
