/** Texts: the vocabulary stays in the worker. */

import type { TextSpec } from "../../../predictor/inputs/text.ts";
import type { WorkerType } from "./workerType.ts";

/** Words of the example, of the longer ones: they say more. */
const WORDS = 4;
const LONG = 5;

export const text = {
  example({ vocabulary, maxCharacters }) {
    const words = vocabulary.filter(({ length }) => length >= LONG).slice(0, WORDS);
    // With a year, for a number that is found in the text.
    return `${words.join(" ") || "Lantern"} (1987)`.slice(0, maxCharacters);
  },

  forPage: (spec) => ({ ...spec, vocabulary: [], vectorWords: [] }),
} satisfies WorkerType<TextSpec>;
