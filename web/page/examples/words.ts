/** What the form of a movie says beyond what its manifest does. */

import { areMovieInputs } from "../../../predictor/movie.ts";
import { strings } from "../../strings/strings.ts";
import type { BundleInfo } from "../../worker/protocol.ts";

/** By input. */
export interface FormWords {
  readonly placeholders: Readonly<Record<string, string>>;
  readonly hints: Readonly<Record<string, string>>;
}

const NONE: FormWords = { placeholders: {}, hints: {} };

export function wordsFor({ inputs }: Pick<BundleInfo, "inputs">): FormWords {
  if (!areMovieInputs(inputs)) return NONE;
  return {
    placeholders: { title: strings.inputs.titlePlaceholder, year: "1987" },
    hints: { ratings: strings.inputs.movieRatingsHint },
  };
}
