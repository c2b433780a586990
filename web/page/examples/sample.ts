/** The item whose answer the page shows until something is entered. */

import type { Item } from "../../../predictor/inputs/inputType.ts";
import { areMovieInputs } from "../../../predictor/movie.ts";
import type { BundleInfo } from "../../worker/protocol.ts";
import { EXAMPLES } from "./examples.ts";

/** A made-up movie of which the model is sure without its poster. */
const SAMPLE = EXAMPLES[1]!;

/**
 * A made-up movie, or the values that the bundle takes. Without files: decoding one would load a decoder that the
 * visit may not need, and the model keeps the user's files only.
 *
 * @returns Without values for a bundle of files only.
 */
export function sampleItem({ inputs, example }: Pick<BundleInfo, "inputs" | "example">): Item {
  if (!areMovieInputs(inputs)) return example;
  const { title, year, ratings } = SAMPLE;
  return { title, year, ratings: ratings(inputs.ratings) };
}
