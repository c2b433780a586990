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

/** "a movie", "an item" */
export function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

/** "Movie" for "movie". */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The manifest's own; else those of movies if its inputs are a movie's. */
export function nounsOf({ nouns, inputs }: Pick<Manifest, "inputs" | "nouns">): Nouns {
  return nouns ?? (areMovieInputs(inputs) ? MOVIE_NOUNS : NOUNS);
}
