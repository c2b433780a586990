/** Ratings in a link: `5~F~25~4_3~M` are two, each with its stars, gender, age, occupation and user. */

import { InputError } from "../../../predictor/errors.ts";
import { issueOf } from "../../../predictor/issues.ts";
import type { Rating } from "../../../predictor/preprocess/ratings.ts";
import { readParts, writeParts } from "./linkText.ts";

export function writeRatings(ratings: readonly Rating[]): string {
  return writeParts(
    ratings.map(({ stars, gender, age, occupation, user }) => [
      stars,
      gender,
      age,
      occupation,
      user,
    ]),
  );
}

/** @throws InputError naming the input */
export function readRatings(text: string, name: string): Rating[] {
  return text.split("_").map((entry, i) => {
    const rating = readRating(entry, name);
    if (!rating) throw new InputError(name, issueOf("ratingNotReadInLink", { position: i + 1 }));
    return rating;
  });
}

function readRating(entry: string, name: string): Rating | undefined {
  let parts: string[];
  try {
    [parts = []] = readParts(entry, name);
  } catch {
    return undefined;
  }
  const [stars, gender, age, occupation, user] = parts.map((part) => part || undefined);
  const rating: Rating = {
    stars: Number(stars),
    ...(gender === undefined ? {} : { gender }),
    ...(age === undefined ? {} : { age: Number(age) }),
    ...(occupation === undefined ? {} : { occupation: Number(occupation) }),
    ...(user === undefined ? {} : { user }),
  };
  const numbers = [rating.stars, rating.age ?? 0, rating.occupation ?? 0];
  return parts.length > 5 || !numbers.every(Number.isFinite) ? undefined : rating;
}
