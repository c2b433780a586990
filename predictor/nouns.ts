/** What a bundle's items and labels are called in texts for people. */

import type { Manifest } from "./manifest.ts";
import { areMovieInputs } from "./movie.ts";

/** Common nouns in lower case, e.g. movie, movies, genre, genres. */
export type Nouns = NonNullable<Manifest["nouns"]>;

export const MOVIE_NOUNS: Nouns = {
  item: "movie",
  items: "movies",
  label: "genre",
  labels: "genres",
};

const NOUNS: Nouns = { item: "item", items: "items", label: "label", labels: "labels" };

/** The manifest's own; else those of movies if its inputs are a movie's. */
export function nounsOf({ nouns, inputs }: Pick<Manifest, "inputs" | "nouns">): Nouns {
  return nouns ?? (areMovieInputs(inputs) ? MOVIE_NOUNS : NOUNS);
}
