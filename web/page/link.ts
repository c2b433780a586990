/** A movie in the fragment of a link, which browsers never send to a server. It does not contain the poster. */

import { InputError } from "../../predictor/errors.ts";
import type { Rating } from "../../predictor/preprocess/ratings.ts";

export interface LinkedMovie {
  readonly title: string;
  readonly year: string;
  readonly ratings: readonly Rating[];
}

/** Characters; some programs cut longer links off. */
export const MAX_LINK_LENGTH = 8000;

/**
 * `title=Heat&year=1995&ratings=5~F~25~4_3~M`: a rating is its stars, gender, age, occupation and user. Missing values are
 * empty, and left out at the end.
 *
 * @returns Without the `#`; empty for a movie of which nothing is known.
 */
export function toFragment({ title, year, ratings }: LinkedMovie): string {
  const parameters = new URLSearchParams();
  if (title.trim() !== "") parameters.set("title", title);
  if (year.trim() !== "") parameters.set("year", year);
  if (ratings.length > 0) {
    const texts = ratings.map(({ stars, gender, age, occupation, user }) =>
      // Both separators are characters that encodeURIComponent leaves alone.
      [stars, gender, age, occupation, user]
        .map((value) =>
          encodeURIComponent(String(value ?? ""))
            .replaceAll("~", "%7E")
            .replaceAll("_", "%5F"),
        )
        .join("~")
        .replace(/~+$/, ""),
    );
    parameters.set("ratings", texts.join("_"));
  }
  return parameters.toString();
}

/**
 * @param fragment With or without the `#`.
 * @returns undefined if it holds no movie.
 * @throws InputError naming the field that cannot be read.
 */
export function fromFragment(fragment: string): LinkedMovie | undefined {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ""));
  const [title, year, ratings] = ["title", "year", "ratings"].map((name) => parameters.get(name));
  if (title == null && year == null && ratings == null) return undefined;
  return {
    title: title ?? "",
    year: year ?? "",
    ratings: ratings ? ratings.split("_").map(readRating) : [],
  };
}

function readRating(text: string, i: number): Rating {
  let parts: string[];
  try {
    parts = text.split("~").map(decodeURIComponent);
  } catch {
    throw new InputError("ratings", `rating ${i + 1} in the link cannot be read`);
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
  if (parts.length > 5 || numbers.some((number) => !Number.isFinite(number))) {
    throw new InputError("ratings", `rating ${i + 1} in the link cannot be read`);
  }
  return rating;
}
