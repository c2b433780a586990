/** What the form of a movie says beyond what its manifest does. */

import { areMovieInputs } from "../../../predictor/movie.ts";
import type { BundleInfo } from "../../worker/protocol.ts";

/** By input. */
export interface FormWords {
  readonly placeholders: Readonly<Record<string, string>>;
  readonly hints: Readonly<Record<string, string>>;
}

const MOVIE: FormWords = {
  placeholders: { title: "The Lantern of Doom", year: "1987" },
  hints: {
    ratings:
      "Who liked a movie tells the most about it. Describe some viewers, or load a CSV file with the columns user and stars.",
  },
};

const NONE: FormWords = { placeholders: {}, hints: {} };

export function wordsFor({ inputs }: Pick<BundleInfo, "inputs">): FormWords {
  return areMovieInputs(inputs) ? MOVIE : NONE;
}
