/** The inputs of a movie's bundle, by name: what is not yet written for any declared inputs is written for these. */

import type { ImageFeatures, ImageSpec } from "./inputs/image.ts";
import type { NumberFeatures, NumberSpec } from "./inputs/number.ts";
import type { RatingsSpec } from "./inputs/ratings.ts";
import type { TextFeatures, TextSpec } from "./inputs/text.ts";
import type { InputSpecs } from "./inputs/types.ts";
import type { DecodedImage } from "./preprocess/poster.ts";
import type { EncodedRatings, Rating } from "./preprocess/ratings.ts";
import { RELEASE_YEARS } from "./preprocess/title.ts";

/** Type aliases and not interfaces, so that they are assignable to records by name. */
export type MovieInputs = {
  readonly title: TextSpec;
  readonly year: NumberSpec;
  readonly poster: ImageSpec;
  readonly ratings: RatingsSpec;
};

/** What is known of a movie. Every part may be absent; the model answers from the rest. */
export type Movie = {
  readonly title?: string;
  /** Release year; where absent, a trailing "(1995)" of the title counts. */
  readonly year?: number;
  readonly poster?: DecodedImage;
  readonly ratings?: readonly Rating[];
};

/** A movie as numbers. */
export type MovieFeatures = {
  readonly title: TextFeatures;
  readonly year: NumberFeatures;
  readonly poster: ImageFeatures;
  readonly ratings: EncodedRatings;
};

/** The release year: beside the title, in which it may be found. */
export const YEAR: NumberSpec = {
  type: "number",
  group: "title",
  ...RELEASE_YEARS,
  from: { input: "title", pattern: "\\((\\d{4})\\)\\s*$" },
};

export function areMovieInputs(inputs: InputSpecs): inputs is MovieInputs {
  const { title, year, poster, ratings, ...others } = inputs;
  return (
    title?.type === "text" &&
    year?.type === "number" &&
    poster?.type === "image" &&
    ratings?.type === "ratings" &&
    Object.keys(others).length === 0
  );
}

/** @throws Error if the bundle's inputs are others than a movie's. */
export function movieInputs(inputs: InputSpecs): MovieInputs {
  if (areMovieInputs(inputs)) return inputs;
  throw new Error(
    `the bundle's inputs are ${Object.keys(inputs).join(", ")}; this program reads those of movies: title, year, poster, ratings`,
  );
}

/** The groups of a movie's inputs. */
export const INPUT_NAMES = ["title", "poster", "ratings"] as const;
export type InputName = (typeof INPUT_NAMES)[number];
