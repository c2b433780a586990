/** Ratings of one item from a CSV file. */

import { parse } from "csv-parse/sync";
import { InputError } from "../../../predictor/errors.ts";
import type { Rating, UserSpec } from "../../../predictor/preprocess/ratings.ts";
import { parseRatings } from "../../../predictor/ratingsFile.ts";
import { decodeText } from "../../../predictor/textFile.ts";
import { readInput } from "./readInput.ts";

/**
 * Reads a CSV file with a header line and the columns `user` and `stars`; see `parseRatings` for others.
 *
 * @param spec Of the model that the ratings are for.
 * @param name Of the input, for errors.
 * @throws InputError with the file and the lines that are wrong.
 */
export async function readRatingsFile(
  path: string,
  spec: UserSpec,
  name = "ratings",
): Promise<Rating[]> {
  const bytes = await readInput(name, path);
  try {
    const text = decodeText(bytes, () => bytes.toString());
    const ratings = parseRatings(text, path, parse, spec);
    if (ratings.length === 0) throw new InputError(name, `${path} has a header, but no ratings`);
    return ratings;
  } catch (error) {
    throw error instanceof InputError ? new InputError(name, error.detail) : error;
  }
}
