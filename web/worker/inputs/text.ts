/** Texts: the vocabulary stays in the worker. */

import type { TextSpec } from "../../../predictor/inputs/text.ts";
import type { WorkerType } from "./workerType.ts";

/** Words of the example, of the longer ones: they say more. */
const WORDS = 4;
const LONG = 5;

export const text = {
  example({ form, vocabulary, maxCharacters }) {
    const words = vocabulary.filter(({ length }) => length >= LONG).slice(0, WORDS);
    const text = words.join(" ") || "Lantern";
    // A title's year is a number that is found in it.
    return (form === "title" ? `${text} (1987)` : text).slice(0, maxCharacters);
  },

  forPage: (spec) => ({ ...spec, vocabulary: [], vectorWords: [] }),
} satisfies WorkerType<TextSpec>;
