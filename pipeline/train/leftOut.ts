/** Finds inputs without information: whatever a tower learned from them would be noise. */

import { InputError } from "../../predictor/errors.ts";
import { MOVIE_NOUNS, type Nouns } from "../../predictor/nouns.ts";
import type { LeftOutInput } from "../fit/columnsLeftOut.ts";
import type { EncodedMovie } from "../fit/prepare.ts";
import { modelGroups } from "../model/modelInputs.ts";
import { hasInput, towerInputs } from "./batches.ts";
import type { BatchSource } from "./inputBatches.ts";

const WORDS: Readonly<Record<string, { one: string; same: (movies: number) => string }>> = {
  title: {
    one: "a title with a word or a year",
    same: (movies) => `all ${movies} titles have the same words and year`,
  },
  poster: { one: "a poster", same: (movies) => `all ${movies} posters are equal` },
  ratings: { one: "ratings", same: (movies) => `all ${movies} rated movies have equal ratings` },
};

/** The same for inputs of other names. */
function wordsFor(input: string, { items }: Nouns): (typeof WORDS)[string] {
  return {
    one: `anything in ${input}`,
    same: (movies) => `${input} is the same for all ${movies} training ${items} that have it`,
  };
}

/**
 * The inputs that are the same for all training movies that have them, as their towers see them. Sums of user vectors do not
 * depend on the order of the ratings: they are on a grid.
 */
export function inputsToLeaveOut(
  training: readonly EncodedMovie[],
  source: BatchSource,
  nouns: Nouns = MOVIE_NOUNS,
): LeftOutInput[] {
  return modelGroups(source.inputs).flatMap(({ name: input }) => {
    const movies = training.filter((movie) => hasInput(movie, source, input));
    const reason = whyLeftOut(input, movies, source, nouns);
    return reason === undefined ? [] : [{ input, reason }];
  });
}

function whyLeftOut(
  input: string,
  movies: readonly EncodedMovie[],
  source: BatchSource,
  nouns: Nouns,
): string | undefined {
  const [first, ...others] = movies;
  const { one, same } =
    (nouns.item === MOVIE_NOUNS.item ? WORDS[input] : undefined) ?? wordsFor(input, nouns);
  if (!first) return `no training ${nouns.item} has ${one}`;
  if (others.length === 0) return `only one training ${nouns.item} has ${one}`;
  const values = towerInputs(input, [first], source);
  const isSame = others.every((movie) =>
    towerInputs(input, [movie], source).every((array, i) =>
      array.every((value, at) => value === values[i]![at]),
    ),
  );
  return isSame ? same(movies.length) : undefined;
}

/** @throws InputError if a model would have no input left. */
export function checkSomeLeft(
  leftOut: readonly LeftOutInput[],
  inputs: BatchSource["inputs"],
): void {
  const all = modelGroups(inputs).length;
  if (leftOut.length < all) return;
  const reasons = leftOut.map(({ reason }) => reason).join("; ");
  throw new InputError(
    "inputs",
    `have nothing that a model could learn from: ${reasons}. Correct the columns, files and folders that the data set names, or give it inputs that differ from one to another`,
  );
}
